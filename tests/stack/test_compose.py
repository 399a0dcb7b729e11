"""The compose file asks only for what the code reads, and gives each service only what is its own."""

import os
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from activities.settings import ENV_PREFIX, MissingSettingError, Role, Settings, unread
from stack import RETENTION, TEMPORAL_RATES

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE)["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("herun:")}
SECRET = re.compile(r"\$\{[A-Z_]+:\?[^}]*\}")


def environment_of(service: dict[str, Any]) -> dict[str, str]:
    return {
        name: SECRET.sub("pw9in9test", str(value)) for name, value in service.get("environment", {}).items()
    }


@pytest.fixture(autouse=True)
def nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [name for name in os.environ if name.startswith(ENV_PREFIX)]:
        monkeypatch.delenv(variable)


def unread_settings(services: dict[str, dict[str, Any]]) -> set[str]:
    return set().union(*(unread(environment_of(service)) for service in services.values()))


def settings_of(name: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for variable, value in environment_of(OURS[name]).items():
        monkeypatch.setenv(variable, value)
    return Settings()


def test_every_setting_is_one_the_code_reads() -> None:
    assert unread_settings(SERVICES) == set()


def test_a_made_up_setting_is_found() -> None:
    doctored = {**SERVICES, "api": {"environment": {"HERUN_API_PROT": "8080", "HERUN_API_PORT": "8080"}}}
    assert unread_settings(doctored) == {"HERUN_API_PROT"}


def test_our_own_services_are_migration_door_and_two_workers() -> None:
    assert {name: service["command"] for name, service in OURS.items()} == {
        "migrate": ["herun", "migrate"],
        "api": ["herun", "api"],
        "worker": ["herun", "worker"],
    }
    assert SERVICES["worker"]["deploy"]["replicas"] == 2


def test_every_command_is_one_the_cli_has() -> None:
    typer = import_module("typer.main")
    known = set(typer.get_command(import_module("cli").app).commands)
    assert {service["command"][1] for service in OURS.values()} <= known


@pytest.mark.parametrize("name", OURS)
def test_every_value_is_one_the_settings_accept(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {variable for variable in environment_of(OURS[name]) if variable.startswith(ENV_PREFIX)}
    settings = settings_of(name, monkeypatch)
    assert {ENV_PREFIX + field.upper() for field in settings.model_fields_set} >= given


def test_a_value_that_cannot_be_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERUN_API_PORT", "eighty")
    with pytest.raises(ValidationError, match="api_port"):
        Settings()


@pytest.mark.parametrize(
    ("name", "held"),
    [("migrate", {Role.OWNER}), ("api", {Role.DOOR, Role.READER}), ("worker", {Role.LEDGER})],
)
def test_each_service_holds_only_its_own_urls(
    name: str, held: set[Role], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(name, monkeypatch)
    for role in held:
        assert f"//{role.login}:pw9in9test@postgres:5432/herun" in settings.url(role)
    for role in set(Role) - held:
        with pytest.raises(MissingSettingError, match=f"HERUN_{role.upper()}_URL"):
            settings.url(role)


def test_a_password_shows_in_no_printed_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "pw9in9test" not in repr(settings_of("worker", monkeypatch))
    monkeypatch.setenv("HERUN_POOL_MIN", "99")
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert "pw9in9test" not in str(refused.value)


def test_settings_written_to_an_environment_are_read_back(monkeypatch: pytest.MonkeyPatch) -> None:
    written = Settings.embedded(Path("/tmp/和 润/run"), "127.0.0.1:7299", 8099)
    for variable, value in written.environment().items():
        monkeypatch.setenv(variable, value)
    assert Settings() == written


def test_no_password_stands_in_the_file() -> None:
    secrets = re.findall(r"(?:PASSWORD|PWD): (.+)|//\w+:(.+?)@", COMPOSE)
    values = ["".join(pair) for pair in secrets]
    assert values
    assert all(SECRET.fullmatch(value) for value in values)
    assert "ExampleChangeMe" not in COMPOSE


def test_every_secret_asked_for_is_in_the_example() -> None:
    example = dict(
        line.split("=", 1)
        for line in (ROOT / "deploy" / "example.env").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    )
    assert set(re.findall(r"\$\{([A-Z_]+):\?", COMPOSE)) == set(example)
    assert all(value.startswith("ExampleChangeMe") and value.isalnum() for value in example.values())


def test_every_image_but_our_own_is_pinned() -> None:
    images = {service["image"] for service in SERVICES.values()} - {"herun:local"}
    assert all(re.fullmatch(r"[\w./-]+:\d+\.\d+[\w.-]*", image) for image in images)


def test_what_must_be_ready_first_is_waited_for() -> None:
    waits = {
        name: {other: wait["condition"] for other, wait in service["depends_on"].items()}
        for name, service in OURS.items()
    }
    done = "service_completed_successfully"
    assert waits["migrate"] == {"postgres": "service_healthy"}
    assert waits["api"] == waits["worker"] == {"migrate": done, "temporal-namespace": done}
    awaited = [other for wait in waits.values() for other, how in wait.items() if how == "service_healthy"]
    assert all("healthcheck" in SERVICES[other] for other in awaited)


def test_temporal_here_and_there_are_given_the_same_limits() -> None:
    rates = yaml.safe_load((ROOT / "deploy" / "temporal-rates.yaml").read_text(encoding="utf-8"))
    assert {name: values[0]["value"] for name, values in rates.items()} == TEMPORAL_RATES
    assert f"--retention {RETENTION.seconds // 86_400}d" in SERVICES["temporal-namespace"]["command"][0]


def test_the_database_is_made_with_every_role() -> None:
    script = (ROOT / "deploy" / "postgres-init.sh").read_text(encoding="utf-8")
    assert all(f"CREATE ROLE {role.login} LOGIN PASSWORD :'{role}'" in script for role in Role)
