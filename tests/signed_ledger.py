"""A ledger of events with hashes of their own making, the checkpoints over it, and who writes, reads and tampers."""

import hashlib
from datetime import datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from activities.settings import Role as Login
from audit.checkpoints import merkle
from audit.checkpoints.checkpoint import write_checkpoint
from audit.checkpoints.notes import Signer
from domain.calendar import CST

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=CST)
SIGNER = Signer("herun.yunhe", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
KEYS = [SIGNER.verifier]
TABLES = "event, journal, checkpoint, tree_tile, chain_head"
ADD = """
    INSERT INTO event (case_no, seq, at, kind, rule, data, prev, hash)
    SELECT c, s, '2026-11-23', 'noted', '', '{}', p, h
    FROM unnest($1::text[], $2::int[], $3::bytea[], $4::bytea[]) AS e (c, s, p, h)"""

ADD_MANY = """
    INSERT INTO event (case_no, seq, at, kind, rule, data, prev, hash)
    SELECT c, s, '2026-11-23', 'noted', '', '{}',
        CASE WHEN s > 1 THEN sha256(convert_to(c || ' ' || s - 1, 'UTF8')) ELSE '' END,
        sha256(convert_to(c || ' ' || s, 'UTF8'))
    FROM generate_series($2::int, $3::int) s,
        LATERAL (SELECT 'O' || lpad(n::text, 4, '0') FROM generate_series(0, $1::int - 1) n) AS chain (c)
    ORDER BY s, c"""


def digest(chain, seq):
    return hashlib.sha256(f"{chain} {seq}".encode()).digest()


def leaf(chain, seq):
    return merkle.leaf_hash(digest(chain, seq)).hex()


async def add(connection, *events):
    """Events with hashes of their own making: checkpoints do not look behind a hash."""
    rows = [(c, s, digest(c, s - 1) if s > 1 else b"", digest(c, s)) for c, s in events]
    await connection.execute(ADD, *map(list, zip(*rows, strict=True)))


async def add_many(connection, chains, first, last):
    """The same as adding `rounds`, made where they go."""
    await connection.execute(ADD_MANY, chains, first, last)


def rounds(chains, first, last):
    """The events `first` to `last` of so many cases, one case after another in turn."""
    return [(f"O{chain:04d}", seq) for seq in range(first, last + 1) for chain in range(chains)]


@pytest.fixture
async def tamperer(database):
    """A superuser whom no trigger stops, and an empty ledger."""
    connection = await database.connect()
    await connection.execute("SET session_replication_role = replica")
    await connection.execute(f"TRUNCATE {TABLES} RESTART IDENTITY")
    yield connection
    await connection.close()


@pytest.fixture
async def worker(database, tamperer):
    connection = await database.connect(Login.LEDGER)
    yield connection
    await connection.close()


@pytest.fixture
async def reader(database, tamperer):
    connection = await database.connect(Login.READER)
    yield connection
    await connection.close()


async def sign(worker, now=NOW):
    return await write_checkpoint(worker, [SIGNER], now)


def told(findings):
    return [(each.case_no, each.code, each.seq) for each in findings]
