"""Serves the door over HTTP until told to stop."""

import logging

import structlog
import uvicorn
import uvloop

from activities.settings import LogFormat, Settings
from api.app import create_app


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises `BrokenEdition`, `SettingMissing`; OSError for a port in use."""
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


def configure_logs(settings: Settings) -> None:
    """Log lines as the settings want them."""
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.log_format is LogFormat.JSON
        else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[settings.log_level.upper()]
        ),
    )


def main() -> None:
    """`herun api`."""
    settings = Settings()
    configure_logs(settings)
    uvloop.run(run(settings))
