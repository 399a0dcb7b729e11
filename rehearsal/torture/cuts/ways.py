"""The ways between our processes and the servers, each through a proxy that torture can cut, slow or silence."""

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from activities.processes import HOST, Environment, free_port
from activities.settings import POSTGRES_PORT, Role, Settings, socket_url
from rehearsal.torture.cuts.proxy import Proxy, to_port, to_socket

SOCKET = f".s.PGSQL.{POSTGRES_PORT}"


class Between(StrEnum):
    """Whose way to which server."""

    WORKER_POSTGRES = "worker_postgres"
    WORKER_TEMPORAL = "worker_temporal"
    API_POSTGRES = "api_postgres"
    API_TEMPORAL = "api_temporal"


class Ways:
    """A proxy for each way; `reroute` makes them and gives what our processes need to go by them."""

    def __init__(self, folder: Path) -> None:
        self.proxies: Mapping[Between, Proxy] = {}
        self._folder = folder

    async def reroute(self, settings: Settings) -> tuple[Environment, Environment]:
        """The environment that leads workers and the door through the proxies."""
        host, _, port = settings.temporal_address.rpartition(":")
        sockets = Path(parse_qs(urlsplit(settings.url(Role.DOOR)).query)["host"][0])
        postgres, temporal = to_socket(sockets / SOCKET), to_port(host, int(port))
        self.proxies = {
            Between.WORKER_POSTGRES: Proxy(postgres), Between.WORKER_TEMPORAL: Proxy(temporal),
            Between.API_POSTGRES: Proxy(postgres), Between.API_TEMPORAL: Proxy(temporal),
        }  # fmt: skip
        return await self._lead("worker", settings), await self._lead("api", settings)

    async def _lead(self, who: str, settings: Settings) -> Environment:
        sockets, port = self._folder / who, free_port()
        sockets.mkdir()
        await self.proxies[Between(f"{who}_postgres")].on_socket(sockets / SOCKET)
        await self.proxies[Between(f"{who}_temporal")].on_port(HOST, port)
        urls = {f"HERUN_{role.upper()}_URL": socket_url(sockets, role) for role in Role}
        return {**urls, "HERUN_TEMPORAL_ADDRESS": f"{HOST}:{port}"}


@asynccontextmanager
async def ways() -> AsyncIterator[Ways]:
    """Proxies in a folder with a short name, for paths of sockets are short."""
    with tempfile.TemporaryDirectory(prefix="herun-ways-") as folder:
        made = Ways(Path(folder))
        try:
            yield made
        finally:
            for proxy in made.proxies.values():
                await proxy.close()
