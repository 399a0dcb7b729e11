"""How a process of ours writes its log lines; nothing here ever logs a body, a name or a text."""

import logging

import structlog

from activities.settings import LogFormat, Settings


def configure(settings: Settings) -> None:
    """Log lines as the settings want them: for a terminal, or one JSON object a line."""
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
