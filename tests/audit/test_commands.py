"""The audit's commands: exit codes, words, files that need nothing of ours, keys and checkpoints."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from audit_commands import audit, codes, told
from notary import golden, notarised, signer

from activities import journal
from activities.journal import Stream
from activities.settings import Role
from audit.casefiles.casefile import pack
from audit.casefiles.editions import Library
from audit.casefiles.unpacking import open_file
from audit.evidence import Evidence
from domain.vocabulary import CaseNo
from rehearsal.into_ledger import Lives

KEY = signer()


@pytest.fixture(scope="module")
async def file(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a case that a real server ran, under a checkpoint."""
    real = [replace(each, editions=library.texts_of(each.links)) for each in await golden(library.shelf)]
    whistle = list(notarised(real, KEY).values())[-1]
    folder = tmp_path_factory.mktemp("files")
    (folder / "keys").write_text(f"# the city's\n{KEY.verifier}\n")
    (folder / "case.zip").write_bytes(pack(whistle))
    return folder / "case.zip"


# -- off line ---------------------------------------------------------------------------------------------

NO_NETWORK = """
import socket
def refused(*_, **__):
    raise OSError("no network here")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refused
"""


def off_line(file: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own: no network, no settings, nothing of ours running or writable."""
    (folder / "sitecustomize.py").write_text(NO_NETWORK)
    bare = {"PATH": os.environ["PATH"], "PYTHONPATH": str(folder), "LANG": "C.UTF-8", "HOME": str(folder)}
    apart = ["unshare", "-rn"] if _can_unshare() else []
    herun = [sys.executable, "-m", "cli", "audit", "verify", str(file), *arguments]
    return subprocess.run(
        [*apart, *herun], cwd=folder, env=bare, capture_output=True, text=True, timeout=120, check=False
    )


def _can_unshare() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "-rn", "true"], check=False, capture_output=True).returncode == 0


def test_a_file_is_verified_with_the_network_off_and_no_servers(file: Path, tmp_path: Path) -> None:
    done = off_line(file, tmp_path, "--keys", str(file.with_name("keys")))
    assert done.returncode == 0, done.stderr
    assert "无发现" in done.stdout
    assert "99" in done.stdout  # the events of its history were replayed


def test_what_is_wrong_is_said_off_line_with_its_event(file: Path, tmp_path: Path) -> None:
    evidence = open_file(file).evidence
    links = list(evidence.links)
    links[6] = replace(links[6], event={**links[6].event, "rule": "none"})
    forged = tmp_path / "forged.zip"
    forged.write_bytes(pack(replace(evidence, links=links)))
    done = off_line(forged, tmp_path, "--lang", "en", "--keys", str(file.with_name("keys")))
    assert done.returncode == 1, done.stderr
    assert f"{evidence.case_no} · Intact · event 7" in done.stdout
    assert "expected: " in done.stdout


def test_a_file_that_is_none_cannot_be_looked_at(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04 and nothing")
    done = off_line(tmp_path / "x.zip", tmp_path)
    assert done.returncode == 2
    assert "The case file cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


# -- keys, and checkpoints kept outside -------------------------------------------------------------------


async def test_without_keys_it_is_said_that_nobody_looked_who_signed(file: Path) -> None:
    outcome = await told(None, file)
    assert outcome["clean"]
    assert "no_keys" in {each["why"] for each in outcome["unlooked"]}


async def test_a_key_that_is_not_trusted_is_a_finding(file: Path, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(f"{signer(3).verifier}\n")
    outcome = await told(None, file, "--keys", tmp_path / "keys")
    assert {code for _, code, _ in codes(outcome)} == {"untrusted_key"}
    (tmp_path / "keys").write_text("not a key\n")
    assert (await audit(None, "verify", file, "--keys", tmp_path / "keys")).exit_code == 2


async def test_a_file_is_held_against_a_checkpoint_kept_outside(
    file: Path, tmp_path: Path, town_evidence: Mapping[CaseNo, Evidence]
) -> None:
    evidence = open_file(file).evidence
    assert evidence.standing is not None
    kept = tmp_path / "kept.txt"
    kept.write_text(evidence.standing.note)
    assert (await told(None, file, "--against", kept))["clean"]
    other = next(iter(notarised(list(town_evidence.values())[:1], KEY).values()))
    assert other.standing is not None
    kept.write_text(other.standing.note)
    outcome = await told(None, file, "--against", kept)
    assert outcome["clean"]
    assert "other_checkpoint" in {each["why"] for each in outcome["unlooked"]}
    bare = tmp_path / "bare.zip"
    bare.write_bytes(pack(replace(evidence, standing=None)))
    found = codes(await told(None, bare, "--against", kept))
    assert {code for _, code, _ in found} == {"checkpoint_missing"}
    kept.write_text("nonsense")
    assert (await audit(None, "verify", file, "--against", kept)).exit_code == 2


async def test_a_checkpoint_is_signed_and_proves_that_nothing_before_was_rewritten(
    written: Any, town_lives: Lives, tmp_path: Path
) -> None:
    private, kept = tmp_path / "log.pem", tmp_path / "kept.txt"
    assert (await audit(written, "checkpoint")).exit_code == 2
    shown = await audit(written, "key", "new", private, "herun.yunhe")
    keys = tmp_path / "keys"
    keys.write_text(shown.stdout)
    assert (await audit(written, "key", "new", private, "herun.yunhe")).exit_code == 2
    assert (await audit(written, "key", "show", private)).stdout == shown.stdout
    assert (await audit(written, "checkpoint", "--key", private, "-o", kept)).exit_code == 0
    assert kept.read_text().startswith("herun.yunhe\n")
    connection = await written.connect(Role.READER)
    await journal.append(connection, Stream.ACCESS, "audit_viewed", account="a-1")
    await connection.close()
    assert (await audit(written, "checkpoint", "--key", private, "--against", kept)).exit_code == 0
    assert (await told(written, "--all", "--keys", keys, "--against", kept))["clean"]
    rotated = await audit(written, "key", "rotate", private)
    assert rotated.exit_code == 0, rotated.output
    assert rotated.stdout.count("— herun.yunhe ") == 2
    superuser = await written.connect()
    await superuser.execute("SET session_replication_role = replica")
    number = next(iter(town_lives.events))
    rows = await superuser.fetch("DELETE FROM event WHERE case_no = $1 AND seq = 2 RETURNING *", number)
    result = await audit(written, "verify", number, "--against", kept, "--keys", keys, "--lang", "en")
    assert result.exit_code == 1
    assert f"{number} · Intact · event 2" in result.stdout
    assert rows
    await superuser.close()


# -- export -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
async def people(written: Any) -> Any:
    connection = await written.connect(Role.OWNER)
    for account, role in (("a-audit", "auditor"), ("a-admin", "system_admin")):
        await connection.execute("INSERT INTO account (id, name, role) VALUES ($1, 'A', $2)", account, role)
    yield connection
    await connection.close()


async def test_an_exported_case_verifies_and_its_export_stands_in_the_log(
    written: Any, people: Any, town_lives: Lives, tmp_path: Path
) -> None:
    number, out = list(town_lives.events)[1], tmp_path / "case.zip"
    assert (await audit(written, "export", number, "-o", out, "--by", "a-audit")).exit_code == 0
    assert (await told(None, out))["clean"]
    last = (await journal.entries(people, Stream.ACCESS))[-1]
    assert (last.kind, last.data["case_no"], last.data["content"]) == ("file_exported", number, False)
    assert all(held.body is None for held in open_file(out).evidence.commitments.values())


async def test_words_are_exported_to_somebody_who_may_read_them_alone(
    written: Any, people: Any, town_lives: Lives, tmp_path: Path
) -> None:
    number, out = list(town_lives.events)[1], tmp_path / "case.zip"
    ask = ("export", number, "-o", out, "--with-content")
    for by, code in (((), "--by"), (("--by", "a-admin"), "a-admin"), (("--by", "nobody"), "nobody")):
        refused = await audit(written, *ask, *by)
        assert refused.exit_code == 2, refused.output
        assert code in refused.stderr
        assert not out.exists()
    assert (await audit(written, *ask, "--by", "a-audit")).exit_code == 0
    assert any(held.body for held in open_file(out).evidence.commitments.values())
    assert (await audit(written, "export", "O20260101-00001", "-o", tmp_path / "no.zip")).exit_code == 2
