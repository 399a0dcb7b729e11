"""The city's single sign-on: sends staff to its OpenID provider, and lets in whom that vouches for.

Authlib writes and reads the protocol, its parameters and the claims of the id token; requests are httpx's own.
"""

import json
import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import httpx
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749.parameters import (  # type: ignore[import-untyped]
    parse_authorization_code_response,
    prepare_grant_uri,
)
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from fastapi import Request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from activities import credentials, sessions
from activities.access import Access, looked
from activities.sessions import Beginning, Lifetime, Step, Way
from activities.settings import Settings
from api.door import Door
from api.identity.sessions import address_of, device_of, session_of
from api.identity.signing_in import Entered, enter
from api.problems import Problem, not_found, unavailable

RETURN_PATH = "/v1/sessions/single-sign-on/return"
REFUSED = "single_sign_on_refused"

_PATIENCE = 5.0  # seconds
_AWAY = Lifetime(timedelta(minutes=10), timedelta(minutes=10))
_SCOPE = "openid profile email"
_SIGNED_WITH = ("RS256", "PS256", "ES256", "EdDSA", "RS384", "RS512", "ES384", "ES512")
_LEEWAY = 120  # seconds between two clocks


@dataclass(frozen=True, slots=True)
class Journey:
    """What must be the same when somebody comes back: kept here, never in the browser."""

    state: str
    nonce: str
    verifier: str
    back: str


def is_offered(settings: Settings) -> bool:
    """Whether this city has a single sign-on."""
    return settings.oidc_issuer is not None


async def leave(door: Door, request: Request) -> tuple[str, Entered]:
    """Where to send the browser, and the session that waits for it.

    Raises Problem: 404 where no provider is set, 429, 503 `single_sign_on_unavailable`.
    """
    await door.limits.attempt(address_of(request))
    settings = door.settings
    provider = await _provider(settings)
    journey = Journey(
        secrets.token_urlsafe(24),
        secrets.token_urlsafe(24),
        secrets.token_urlsafe(48),
        _back(settings, request),
    )
    address: str = prepare_grant_uri(
        provider["authorization_endpoint"], settings.oidc_client_id, "code", journey.back, _SCOPE,
        journey.state, nonce=journey.nonce, code_challenge=create_s256_code_challenge(journey.verifier),
        code_challenge_method="S256",
    )  # fmt: skip
    new = Beginning(
        None,
        Way.SINGLE_SIGN_ON,
        Step.AWAY,
        _AWAY,
        device=device_of(request),
        kept=json.dumps(asdict(journey)),
    )
    async with door.database.connection() as connection:
        return address, Entered(await sessions.begin(connection, new), Step.AWAY)


async def come_back(door: Door, request: Request) -> Entered:
    """Whom the provider vouches for, if this browser was sent there. Raises Problem: 401, 503."""
    here = await session_of(door.database, door.settings, request)
    if here is None or here[1].step is not Step.AWAY or here[1].kept is None:
        raise _refused()
    token, journey = here[0], Journey(**json.loads(here[1].kept))
    async with door.database.connection() as connection:
        await sessions.end(connection, token, "returned")
    name = await _vouched(door.settings, journey, request)
    async with door.database.connection() as connection:
        who = await credentials.account_named(connection, name)
        if who is None:
            await looked(connection, None, Access.SIGN_IN_REFUSED, way=Way.SINGLE_SIGN_ON.value)
            raise _refused()
        return await enter(connection, door, request, who, Way.SINGLE_SIGN_ON)


async def _vouched(settings: Settings, journey: Journey, request: Request) -> str:
    """The login name in an id token that holds. Raises Problem."""
    try:
        said = parse_authorization_code_response(str(request.url), journey.state)
        provider = await _provider(settings)
        answer = await _redeem(settings, provider, journey, said["code"])
        claims = await _claims(settings, provider, journey, answer)
    except (AuthlibBaseError, JoseError, KeyError, ValueError) as wrong:
        raise _refused() from wrong
    name = claims.get(settings.oidc_claim)
    if not isinstance(name, str) or not name:
        raise _refused()
    return name


async def _redeem(
    settings: Settings, provider: dict[str, Any], journey: Journey, code: str
) -> dict[str, Any]:
    """The tokens for a code (RFC 6749 §4.1.3, with the proof of RFC 7636)."""
    body = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": journey.back,
        "code_verifier": journey.verifier,
    }  # fmt: skip
    secret = settings.oidc_client_secret.get_secret_value() if settings.oidc_client_secret else None
    if secret is None:
        body["client_id"] = settings.oidc_client_id
    login = httpx.BasicAuth(settings.oidc_client_id, secret) if secret is not None else None
    return await _asked("POST", provider["token_endpoint"], data=body, auth=login)


async def _claims(
    settings: Settings, provider: dict[str, Any], journey: Journey, answer: dict[str, Any]
) -> dict[str, Any]:
    """What a signed id token says, after issuer, audience, time and nonce were checked (OIDC Core §3.1.3.7).

    Profile claims that it leaves out are asked for (§5.3).
    """
    keys = KeySet.import_key_set(await _asked("GET", provider["jwks_uri"]))  # type: ignore[arg-type]
    read = jwt.decode(answer["id_token"], keys, registry=JWSRegistry(algorithms=_SIGNED_WITH))
    wanted = {
        "iss": {"essential": True, "value": provider["issuer"]},
        "aud": {"essential": True, "value": settings.oidc_client_id},
    }
    known = {
        "nonce": journey.nonce, "client_id": settings.oidc_client_id, "access_token": answer.get("access_token"),
    }  # fmt: skip
    claims = CodeIDToken(read.claims, read.header, wanted, known)
    claims.validate(leeway=_LEEWAY)
    if settings.oidc_claim in claims:
        return dict(claims)
    bearer = {"authorization": f"Bearer {answer['access_token']}"}
    more = await _asked("GET", provider["userinfo_endpoint"], headers=bearer)
    if more.get("sub") != claims["sub"]:
        raise ValueError("sub")
    return {**more, **claims}


async def _provider(settings: Settings) -> dict[str, Any]:
    """What the provider says of itself (OIDC Discovery §4). Raises Problem: 404, 503."""
    if settings.oidc_issuer is None:
        raise not_found()
    issuer = settings.oidc_issuer.rstrip("/")
    found = await _asked("GET", f"{issuer}/.well-known/openid-configuration")
    if str(found.get("issuer", "")).rstrip("/") != issuer:
        raise unavailable("single_sign_on_unavailable")
    return found


async def _asked(method: str, url: str, **said: Any) -> dict[str, Any]:
    """JSON from the provider. Raises Problem: 503 where it does not answer, 401 where it refuses."""
    try:
        async with httpx.AsyncClient(timeout=_PATIENCE) as client:
            answer = await client.request(method, url, **said)
    except httpx.HTTPError as silent:
        raise unavailable("single_sign_on_unavailable") from silent
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise unavailable("single_sign_on_unavailable")
    if answer.status_code >= HTTPStatus.BAD_REQUEST:
        raise _refused()
    found = answer.json()
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _back(settings: Settings, request: Request) -> str:
    return (settings.public_url or str(request.base_url)).rstrip("/") + RETURN_PATH


def _refused() -> Problem:
    return Problem(HTTPStatus.UNAUTHORIZED, REFUSED)
