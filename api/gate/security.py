"""Around every answer: what a browser may do with it."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from activities.settings import Settings

POLICY = "; ".join(
    (
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'",
        "connect-src 'self'", "media-src 'self'", "manifest-src 'self'", "form-action 'self'", "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)  # fmt: skip
"""Nothing but our own files, and no script or style in the text of a page."""
_DOCUMENTATION = "/docs"
_DOCUMENTATION_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' https://cdn.jsdelivr.net;"
    " style-src 'self' 'unsafe-inline' https://cdn.jsdelivr.net; img-src 'self' data: https://fastapi.tiangolo.com;"
    " connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The framework's page about the API loads its drawing code from elsewhere; it shows nobody's data."""
_ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # `no-referrer` would also take the Origin from our own forms
    "permissions-policy": "camera=(), microphone=(), geolocation=(self), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
    "cache-control": "no-store",  # desks are shared
}
_HSTS = "max-age=63072000; includeSubDomains"


class Protection:
    """Adds headers to every answer that has not set them itself."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._public = settings.public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers(scope).items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, protected)

    def _headers(self, scope: Scope) -> dict[str, str]:
        is_documentation = scope["path"].startswith(_DOCUMENTATION)
        policy = _DOCUMENTATION_POLICY if is_documentation else POLICY
        secure = (self._public or f"{scope['scheme']}:").startswith("https:")
        hsts = {"strict-transport-security": _HSTS} if secure else {}
        return {**_ALWAYS, **hsts, "content-security-policy": policy}
