"""What a deployment may choose, read from `HERUN_*` in the environment and from nowhere else."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import quote

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ENV_PREFIX = "HERUN_"
DATABASE = "herun"
POSTGRES_PORT = 5432


class Role(StrEnum):
    """Who speaks to Postgres; the grants of each are in the migrations (design §2)."""

    OWNER = "owner"
    LEDGER = "ledger"
    DOOR = "door"
    READER = "reader"

    @property
    def login(self) -> str:
        """The Postgres role of that name: `herun_owner` and so on."""
        return f"herun_{self}"


class LogLevel(StrEnum):
    """The least severe line that is written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """How a log line is written: for a terminal, or one JSON object a line for a collector."""

    CONSOLE = "console"
    JSON = "json"


class MissingSettingError(RuntimeError):
    """A command needs a setting that the environment does not give."""

    def __init__(self, name: str) -> None:
        self.variable = variable_of(name)
        super().__init__(
            f"缺少环境变量 {self.variable}，此命令需要它。"
            f"/ This command needs {self.variable} in the environment."
        )


class Settings(BaseSettings):
    """Every choice of a deployment; each field is read from `HERUN_` and its name in capitals.

    An empty variable counts as absent. A command asks only for the database urls it uses, so that
    the door need never hold the url that writes the ledger. Raises `pydantic.ValidationError`
    naming the field when a value cannot be read.
    """

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,  # an error must not print a password
    )

    owner_url: SecretStr | None = Field(
        default=None, description="Postgres url of the schema's owner; used by `herun migrate` alone."
    )
    ledger_url: SecretStr | None = Field(
        default=None, description="Postgres url of the role that appends to the ledger; used by the worker."
    )
    door_url: SecretStr | None = Field(
        default=None,
        description="Postgres url of the role that reads and inserts content; used by the API.",
    )
    reader_url: SecretStr | None = Field(
        default=None, description="Postgres url of the role that only reads; used by audit and reports."
    )
    pool_min: Annotated[int, Field(ge=0)] = Field(
        default=2, description="Connections each pool keeps open while idle."
    )
    pool_max: Annotated[int, Field(ge=1)] = Field(
        default=10, description="Connections each pool may open; all pools together must fit max_connections."
    )

    temporal_address: str = Field(default="127.0.0.1:7233", description="host:port of Temporal's front end.")
    temporal_namespace: str = Field(default="herun", description="Temporal namespace that holds the cases.")
    task_queue: str = Field(default="herun", description="Task queue that the workers poll.")

    api_host: str = Field(default="127.0.0.1", description="Address on which `herun api` listens.")
    api_port: Annotated[int, Field(ge=1, le=65535)] = Field(
        default=8080, description="Port on which `herun api` listens."
    )
    body_limit: Annotated[int, Field(gt=0)] = Field(
        default=1_048_576,
        description="Largest request body in bytes; a larger one gets 413 and writes nothing.",
    )

    editions_dir: Path | None = Field(
        default=None,
        description="Folder with the operator's own rulebook editions, beside those in the package.",
    )
    rulebook: str = Field(
        default="default-3", description="Rulebook edition that a case pins when it opens and names no other."
    )
    calendar: str = Field(default="cn-2026", description="Calendar edition that a case pins when it opens.")

    drill: bool = Field(
        default=False, description="Open every case as a training case, in drill time (design §7)."
    )
    drill_speed: Annotated[float, Field(gt=0)] = Field(
        default=1.0, description="Engine seconds that pass in one second of a training case."
    )

    log_level: LogLevel = Field(default=LogLevel.INFO, description="Least severe log line that is written.")
    log_format: LogFormat = Field(
        default=LogFormat.CONSOLE, description="`console` for people, `json` for a collector."
    )

    @model_validator(mode="after")
    def _pool_has_room(self) -> Self:
        if self.pool_min > self.pool_max:
            raise ValueError(
                f"连接池下限 {self.pool_min} 大于上限 {self.pool_max}。"
                f"/ pool_min {self.pool_min} is above pool_max {self.pool_max}."
            )
        return self

    @classmethod
    def embedded(cls, sockets: Path, temporal_address: str, api_port: int) -> Self:
        """The settings of one machine's own servers; what they do not decide comes from the environment.

        `sockets` is the folder of Postgres's Unix socket.
        """
        urls = {f"{role}_url": SecretStr(socket_url(sockets, role)) for role in Role}
        return cls.model_validate({**urls, "temporal_address": temporal_address, "api_port": api_port})

    def url(self, role: Role) -> str:
        """The Postgres url, password included, with which `role` logs in. Raises `MissingSettingError`."""
        secret: SecretStr | None = getattr(self, f"{role}_url")
        if secret is None:
            raise MissingSettingError(f"{role}_url")
        return secret.get_secret_value()

    def environment(self) -> dict[str, str]:
        """The `HERUN_*` variables from which another process reads these same settings."""
        return {variable_of(name): _written(value) for name, value in self if value is not None}


def variable_of(field: str) -> str:
    """The environment variable that sets `field`."""
    return ENV_PREFIX + field.upper()


def unread(environment: Mapping[str, str]) -> set[str]:
    """The `HERUN_*` variables of `environment` that no setting reads, such as a misspelt one."""
    known = {variable_of(field) for field in Settings.model_fields}
    return {name for name in environment if name.startswith(ENV_PREFIX)} - known


def socket_url(sockets: Path, role: Role) -> str:
    """The url of the application's database through the Unix socket in `sockets`."""
    return f"postgresql://{role.login}@/{DATABASE}?host={quote(str(sockets))}&port={POSTGRES_PORT}"


def _written(value: object) -> str:
    match value:
        case SecretStr():
            return value.get_secret_value()
        case _:
            return str(value)
