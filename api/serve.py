"""Serves the door over HTTP until told to stop."""

import uvicorn
import uvloop

from activities import logs
from activities.settings import Settings
from api.app import create_app


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises `BrokenEdition`, `MissingSettingError`; OSError for a port in use."""
    config = uvicorn.Config(
        create_app(settings),
        host=settings.api_host,
        port=settings.api_port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=15,
    )
    await uvicorn.Server(config).serve()


def main() -> None:
    """`herun api`."""
    settings = Settings()
    logs.configure(settings)
    uvloop.run(run(settings))
