"""Ways cut, slow and silent in a whole Herun, a crowd at one case and a poisoned one; and the proxy that does it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from activities.processes import HOST, free_port
from rehearsal.benches.figures import Scale
from rehearsal.torture import cut
from rehearsal.torture.cuts.probe import BOUND, Notes, Told, judged
from rehearsal.torture.cuts.proxy import Proxy, Streams, Way, to_port
from rehearsal.torture.cuts.scenes import moved
from rehearsal.torture.tally import Order


@pytest.mark.timeout(400)
async def test_whatever_is_away_acts_are_done_or_503_in_time_and_all_goes_on_by_itself(
    tmp_path: Path,
) -> None:
    tally = await cut.torture(Order(Scale.TINY, 1, tmp_path))
    assert tally.failures == ()
    refused, of = map(int, str(tally.figures["crowd_acts_503"]).split("/"))
    assert 0 < refused < of


# -- what counts as bounded damage ------------------------------------------------------------------------


def told(what: str = "act", status: int = 200, seconds: float = 0.1, *, retry: bool = False) -> Told:
    return Told(what, status, "", seconds, has_retry_after=retry)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (told(), []),
        (told(status=503, retry=True), []),
        (told(status=503), ["x_no_retry_after"]),
        (told(status=500), ["x_wrong_answer"]),
        (told(status=0), ["x_wrong_answer"]),
        (told(seconds=BOUND + 1), ["x_too_slow"]),
        (told("read", status=503, retry=True), ["x_read_failed"]),
    ],
)
def test_an_answer_that_is_late_or_of_another_kind_is_found(answer: Told, found: list[str]) -> None:
    assert [each.what for each in judged(Notes([answer]), "x", 1, reads_go_on=True)] == found


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ([told(status=503, retry=True), told()], []),
        ([told(status=503, retry=True)] * 40, ["x_stood_still"]),
        ([told(status=409)] * 40, ["x_stood_still"]),
    ],
)
def test_a_crowd_of_which_nobody_is_done_is_found(answers: list[Told], found: list[str]) -> None:
    assert [each.what for each in moved(Notes(answers), "x", 1)] == found


# -- the proxy --------------------------------------------------------------------------------------------


@asynccontextmanager
async def through_a_proxy() -> AsyncIterator[tuple[Proxy, Streams]]:
    """A connection through a proxy to somebody who says everything again."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    here, there = free_port(), free_port()
    server = await asyncio.start_server(echo, HOST, there)
    proxy = Proxy(to_port(HOST, there))
    await proxy.on_port(HOST, here)
    reader, writer = await asyncio.open_connection(HOST, here)
    try:
        yield proxy, (reader, writer)
    finally:
        writer.close()
        await proxy.close()
        server.close()


async def test_an_open_way_hands_everything_on() -> None:
    async with through_a_proxy() as (_, (reader, writer)):
        writer.write(b"one")
        assert await reader.readexactly(3) == b"one"


async def test_a_silent_way_keeps_what_comes_and_hands_it_on_when_it_opens() -> None:
    async with through_a_proxy() as (proxy, (reader, writer)):
        async with proxy.being(Way.SILENT):
            writer.write(b"kept")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await reader.readexactly(4)
        assert await reader.readexactly(4) == b"kept"


async def test_a_cut_way_ends_its_connections_and_takes_no_other_until_it_opens() -> None:
    async with through_a_proxy() as (proxy, (reader, writer)):
        host, port = writer.get_extra_info("peername")
        writer.write(b"a")
        await reader.readexactly(1)
        async with proxy.being(Way.CUT):
            assert await _ended(reader)
            refused, into = await asyncio.open_connection(host, port)
            assert await _ended(refused)
            into.close()
        again, to = await asyncio.open_connection(host, port)
        to.write(b"b")
        assert await again.readexactly(1) == b"b"
        to.close()


async def _ended(reader: asyncio.StreamReader) -> bool:
    try:
        return await reader.read(1) == b""
    except ConnectionError:
        return True


async def test_a_slow_way_hands_on_later() -> None:
    async with through_a_proxy() as (proxy, (reader, writer)):
        clock = asyncio.get_running_loop().time
        async with proxy.being(Way.SLOW, 0.1):
            began = clock()
            writer.write(b"x")
            assert await reader.readexactly(1) == b"x"
        assert clock() - began >= 0.2
