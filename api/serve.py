"""Serves the door over HTTP until told to stop."""

import structlog
import uvicorn
import uvloop

from activities import logs
from activities.garbage import collect_seldom
from activities.settings import Settings
from api.app import create_app

KEEP_ALIVE = 75
"""Seconds that an idle connection stays: longer than any proxy or client keeps one, so that none meets its end."""

_log = structlog.get_logger()


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises `BrokenEdition`, `MissingSettingError`; OSError for a port in use."""
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.api_host,
        port=settings.api_port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=15,
    )
    server = uvicorn.Server(config)
    collect_seldom()
    if settings.second_factor_key is None:
        _log.warning("second_factor_secrets_unsealed", setting="HERUN_SECOND_FACTOR_KEY")
    app.state.is_stopping = lambda: server.should_exit  # streams end then, and keep nobody waiting
    await server.serve()


def main() -> None:
    """`herun api`."""
    settings = Settings()
    logs.configure(settings)
    uvloop.run(run(settings))
