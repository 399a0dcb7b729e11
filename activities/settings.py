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

    public_url: str | None = Field(
        default=None,
        description="Address under which people reach the door; from the request unless set. With https,"
        " cookies are `__Host-` and HSTS is sent.",
    )
    session_idle_minutes: Annotated[int, Field(ge=1)] = Field(
        default=15, description="Minutes without a request after which staff are signed out."
    )
    session_hours: Annotated[int, Field(ge=1)] = Field(
        default=12, description="Hours after which staff sign in again, however busy."
    )
    resident_idle_minutes: Annotated[int, Field(ge=1)] = Field(
        default=120, description="Minutes without a request after which residents are signed out."
    )
    resident_hours: Annotated[int, Field(ge=1)] = Field(
        default=24, description="Hours after which residents sign in again."
    )
    second_factor_key: Path | None = Field(
        default=None,
        description="File with the key (32 bytes in base64, 0600) under which authenticators' secrets are kept;"
        " without it they lie open in the database. `herun up` makes one.",
    )
    rate_sign_in: str = Field(
        default="30/minute", description="Attempts to sign in, and codes asked for, from one address."
    )
    rate_filing: str = Field(default="30/hour", description="Cases one resident in a browser may open.")
    rate_filing_staff: str = Field(default="600/minute", description="Cases any other account may open.")
    rate_search: str = Field(default="120/minute", description="Searches of one account.")

    acts_at_once: Annotated[int, Field(ge=1)] = Field(
        default=32, description="Acts and openings that one API process has under way at a time."
    )
    acts_waiting: Annotated[int, Field(ge=0)] = Field(
        default=64, description="Acts that wait in line for their turn; more are answered 503 at once."
    )
    acts_patience: Annotated[float, Field(gt=0)] = Field(
        default=2.0, description="Seconds an act waits for its turn before it is answered 503."
    )

    attachments: str = Field(
        default="memory:///",
        description="Where files lie: `file:///folder`, `s3://bucket/prefix` (AWS_* in the environment), or"
        " `memory:///`, which forgets.",
    )
    attachment_limit: Annotated[int, Field(gt=0)] = Field(
        default=20_971_520, description="Largest file in bytes that may be attached."
    )

    oidc_issuer: str | None = Field(
        default=None, description="Issuer of the city's single sign-on (OpenID Connect); none unless set."
    )
    oidc_client_id: str = Field(default="herun", description="Our name at that issuer.")
    oidc_client_secret: SecretStr | None = Field(default=None, description="Our secret at that issuer.")
    oidc_claim: str = Field(
        default="preferred_username", description="The claim that holds the login name of an account here."
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

    signing_key: Path | None = Field(
        default=None,
        description="Private key (PEM) with which the worker signs a checkpoint every night; none is signed"
        " without it. Keep it off the machines that hold the database.",
    )
    audit_keys: Path | None = Field(
        default=None, description="File of public keys, one a line, that auditors trust for checkpoints."
    )
    reverify_sample: Annotated[int, Field(ge=0)] = Field(
        default=200, description="Sealed cases that the custodian verifies again each night."
    )

    metrics_token: SecretStr | None = Field(
        default=None,
        description="Bearer token that opens the API's `/metrics`; there is no such page unless it is set.",
    )
    metrics_bind: str | None = Field(
        default=None,
        description="host:port on which a worker shows its metrics, such as 127.0.0.1:9464; none unless set.",
    )

    log_level: LogLevel = Field(default=LogLevel.INFO, description="Least severe log line that is written.")
    log_format: LogFormat = Field(
        default=LogFormat.CONSOLE, description="`console` for people, `json` for a collector."
    )

    @property
    def upload_limit(self) -> int:
        """Largest form with files in bytes: four files of the largest, or many smaller ones."""
        return 4 * self.attachment_limit + self.body_limit

    @model_validator(mode="after")
    def _pool_has_room(self) -> Self:
        if self.pool_min > self.pool_max:
            raise ValueError(
                f"连接池下限 {self.pool_min} 大于上限 {self.pool_max}。"
                f"/ pool_min {self.pool_min} is above pool_max {self.pool_max}."
            )
        return self

    @classmethod
    def embedded(
        cls, sockets: Path, temporal_address: str, api_port: int, files: Path | None = None,
        key: Path | None = None,
    ) -> Self:  # fmt: skip
        """The settings of one machine's own servers; what they do not decide comes from the environment.

        `sockets` is the folder of Postgres's Unix socket, `files` where attachments lie unless the
        environment says otherwise, and `key` likewise the file that seals second factors.
        """
        here = {"temporal_address": temporal_address, "api_port": api_port}
        urls = {f"{role}_url": SecretStr(socket_url(sockets, role)) for role in Role}
        forgets = cls().attachments.startswith("memory:")
        place = {"attachments": files.as_uri()} if files and forgets else {}
        seal = {"second_factor_key": key} if key and cls().second_factor_key is None else {}
        return cls.model_validate({**urls, **here, **place, **seal})

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """The settings that a process with this environment reads; variables of others are passed over."""
        return cls.model_validate(
            {
                name.removeprefix(ENV_PREFIX).lower(): value
                for name, value in environment.items()
                if name.startswith(ENV_PREFIX)
            }
        )

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
