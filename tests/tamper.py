"""A hand that changes one thing in what is kept of a case and covers it up as far as it can, drawn from a seed."""

import hashlib
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from notary import chained, signer, stood

from activities.chain import Link
from activities.commitments import references
from activities.journal import Entry
from audit.answers.sealed import hash_of
from audit.casefiles import casefile
from audit.casefiles.casefile import MANIFEST, pack, zipped
from audit.casefiles.record import read_record
from audit.casefiles.unpacking import unzipped
from audit.checkpoints import treehead
from audit.evidence import ArchivedRun, Commitment, Evidence, Inclusion, Standing
from audit.findings import Finding
from domain.codec import instant_text, read_instant

Json = Any
Named = Callable[[Finding], bool]
"""Whether a finding points at what was changed."""


@dataclass(frozen=True)
class Tampered:
    """A file after one change: what was done, and how a finding has to name it."""

    what: str
    file: bytes
    named: Named
    place: str


@dataclass
class World:
    """Cases that nobody touched, the random choices of one hand, and the last thing it chose."""

    cases: Sequence[Evidence]
    chance: Random
    with_runs: list[Evidence] = field(init=False)
    with_words: list[Evidence] = field(init=False)

    def __post_init__(self) -> None:
        self.with_runs = [each for each in self.cases if each.runs]
        self.with_words = [each for each in self.cases if any(c.body for c in each.commitments.values())]

    def a_case(self) -> Evidence:
        return self.chance.choice(self.cases)

    def a_run(self) -> tuple[Evidence, int]:
        evidence = self.chance.choice(self.with_runs)
        return evidence, self.chance.randrange(len(evidence.runs))


def tampered(world: World, how: str) -> Tampered:
    """One change of a kind; drawn again where the case at hand does not allow it."""
    while True:
        done = HANDS[how](world)
        if done is not None:
            return done


def at_event(seq: int, *codes: str) -> Named:
    return lambda finding: finding.seq == seq and (not codes or finding.code in codes)


def about(text: str) -> Named:
    return lambda finding: text in finding.about


def coded(*codes: str) -> Named:
    return lambda finding: finding.code in codes


def _as(what: str, evidence: Evidence, named: Named, place: object, *, words: bool = True) -> Tampered:
    return Tampered(what, pack(evidence, with_content=words), named, f"{evidence.case_no} {place}")


# -- values that are another value ------------------------------------------------------------------------


def other_leaf(chance: Random, value: Json) -> Json:
    """The same value with one leaf of it changed."""
    changed = deepcopy(value)
    places = list(_leaves(changed))
    if not places:
        return None
    holder, name = chance.choice(places)
    holder[name] = _other(chance, holder[name])
    return changed


def _leaves(value: Json) -> Any:
    for name, each in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(each, dict | list) and each:
            yield from _leaves(each)
        else:
            yield value, name


def _other(chance: Random, value: Json) -> Json:
    match value:
        case bool():
            return not value
        case int() | float():
            return value + chance.choice((-1, 1, 7))
        case str() if value:
            place = chance.randrange(len(value))
            return value[:place] + ("x" if value[place] != "x" else "y") + value[place + 1 :]
        case _:
            return "x"


def other_hex(chance: Random, digest: str) -> str:
    place = chance.randrange(len(digest))
    return digest[:place] + ("0" if digest[place] != "0" else "1") + digest[place + 1 :]


def other_event(chance: Random, event: Mapping[str, Any]) -> dict[str, Any]:
    """An event with one of its fields, or one leaf of its data, changed; not its number."""
    match chance.choice(("data",) * 6 + ("at", "kind", "cause", "rule")):
        case "data":
            return {**event, "data": other_leaf(chance, event["data"])}
        case "at":
            later = read_instant(event["at"]).timestamp() + chance.choice((-86_400, -1, 0.001, 3600))
            moved = read_instant("1970-01-01T00:00:00+00:00").fromtimestamp(
                later, read_instant(event["at"]).tzinfo
            )
            return {**event, "at": instant_text(moved)}
        case "kind":
            return {
                **event,
                "kind": chance.choice([k for k in ("noted", "acted", "case_closed") if k != event["kind"]]),
            }
        case "cause":
            return {**event, "cause": (event["cause"] or 0) + 1}
        case _:
            return {**event, "rule": event["rule"] + "x"}


# -- the ledger -------------------------------------------------------------------------------------------


def _an_event(world: World) -> tuple[Evidence, int]:
    evidence = world.a_case()
    return evidence, world.chance.randrange(len(evidence.links))


def _with_link(evidence: Evidence, place: int, link: Link) -> Evidence:
    links = list(evidence.links)
    links[place] = link
    return replace(evidence, links=links)


def _rechained(evidence: Evidence, events: Sequence[Mapping[str, Any]]) -> Evidence:
    return replace(evidence, links=chained(evidence.case_no, events))


def field_of_an_event(world: World) -> Tampered:
    evidence, place = _an_event(world)
    link = evidence.links[place]
    forged = replace(link, event=other_event(world.chance, link.event))
    return _as("field", _with_link(evidence, place, forged), at_event(place + 1, "chain_hash"), place + 1)


def field_and_its_hash(world: World) -> Tampered:
    evidence, place = _an_event(world)
    link = evidence.links[place]
    (alone,) = chained(evidence.case_no, [other_event(world.chance, link.event)])
    first = chained_one(evidence.case_no, link.prev, alone.event)
    forged = _with_link(evidence, place, first)
    return _as("field, one hash", forged, at_event(place + 1, "leaf_differs"), place + 1)


def chained_one(case_no: str, prev: str, event: Mapping[str, Any]) -> Link:
    from activities.chain import event_hash

    return Link(event, prev, event_hash(case_no, prev, event).hex())


def field_and_every_hash(world: World) -> Tampered:
    evidence, place = _an_event(world)
    events = [link.event for link in evidence.links]
    events[place] = other_event(world.chance, events[place])
    forged = _rechained(evidence, events)
    return _as("field, rehashed", forged, at_event(place + 1, "leaf_differs"), place + 1)


def a_hash(world: World) -> Tampered:
    evidence, place = _an_event(world)
    link = evidence.links[place]
    forged = replace(link, hash=other_hex(world.chance, link.hash))
    return _as("hash", _with_link(evidence, place, forged), at_event(place + 1), place + 1)


def a_prev(world: World) -> Tampered | None:
    evidence, place = _an_event(world)
    if place == 0:
        return None
    link = evidence.links[place]
    forged = replace(link, prev=other_hex(world.chance, link.prev))
    return _as("prev", _with_link(evidence, place, forged), at_event(place + 1, "chain_prev"), place + 1)


def order(world: World) -> Tampered | None:
    evidence = world.a_case()
    if len(evidence.links) < 2:
        return None
    one, other = sorted(world.chance.sample(range(len(evidence.links)), 2))
    links = list(evidence.links)
    links[one], links[other] = links[other], links[one]
    return _as("order", replace(evidence, links=links), at_event(one + 1, "chain_seq"), one + 1)


def order_rehashed(world: World) -> Tampered | None:
    evidence = world.a_case()
    if len(evidence.links) < 2:
        return None
    one, other = sorted(world.chance.sample(range(len(evidence.links)), 2))
    events = [dict(link.event) for link in evidence.links]
    events[one], events[other] = events[other] | {"seq": one + 1}, events[one] | {"seq": other + 1}
    if events[one] == evidence.links[one].event:
        return None
    return _as("order, rehashed", _rechained(evidence, events), at_event(one + 1, "leaf_differs"), one + 1)


def last_deleted(world: World) -> Tampered | None:
    evidence = world.a_case()
    many = world.chance.randint(1, 3)
    if len(evidence.links) <= many:
        return None
    left = len(evidence.links) - many
    forged = replace(evidence, links=evidence.links[:left])
    return _as("end deleted", forged, at_event(left + 1, "chain_shorter"), left + 1)


def last_deleted_and_proof_cut(world: World) -> Tampered | None:
    evidence = world.a_case()
    if len(evidence.links) < 2 or evidence.standing is None:
        return None
    links = evidence.links[:-1]
    leaves = {seq: each for seq, each in evidence.standing.leaves.items() if seq <= len(links)}
    cut = replace(evidence.standing, leaves=leaves, head_seq=len(links), head_hash=links[-1].hash)
    forged = replace(evidence, links=links, standing=cut)
    return _as("end deleted, proof cut", forged, at_event(len(links), "head_differs"), len(links))


def middle_deleted(world: World) -> Tampered | None:
    evidence, place = _an_event(world)
    if place == len(evidence.links) - 1:
        return None
    links = [*evidence.links[:place], *evidence.links[place + 1 :]]
    return _as("event deleted", replace(evidence, links=links), at_event(place + 1, "chain_seq"), place + 1)


def middle_deleted_rehashed(world: World) -> Tampered | None:
    evidence, place = _an_event(world)
    if place == len(evidence.links) - 1:
        return None
    events = [link.event for link in evidence.links]
    rest = [{**e, "seq": n} for n, e in enumerate([*events[:place], *events[place + 1 :]], start=1)]
    return _as(
        "event deleted, rehashed", _rechained(evidence, rest), at_event(place + 1, "leaf_differs"), place + 1
    )


def all_deleted(world: World) -> Tampered:
    evidence = world.a_case()
    return _as("case emptied", replace(evidence, links=()), coded("no_events"), "")


def appended(world: World) -> Tampered:
    evidence, place = _an_event(world)
    last = evidence.links[-1].event
    later = instant_text(read_instant(last["at"]).replace(microsecond=0).astimezone())
    extra = {**evidence.links[place].event, "seq": last["seq"] + 1, "at": max(last["at"], later)}
    forged = _rechained(evidence, [*(link.event for link in evidence.links), extra])
    return _as("event appended", forged, at_event(last["seq"] + 1), last["seq"] + 1)


def doubled(world: World) -> Tampered | None:
    evidence, place = _an_event(world)
    if place == len(evidence.links) - 1:
        return None
    events = [link.event for link in evidence.links]
    twice = [*events[: place + 1], *events[place:]]
    forged = _rechained(evidence, [{**e, "seq": n} for n, e in enumerate(twice, start=1)])
    return _as("event doubled, rehashed", forged, at_event(place + 2, "leaf_differs"), place + 2)


def ledger_of_another(world: World) -> Tampered | None:
    evidence, other = world.chance.sample(world.cases, 2)
    forged = replace(evidence, links=other.links)
    return _as("ledger of another case", forged, at_event(1, "chain_hash"), 1)


# -- signatures and proofs --------------------------------------------------------------------------------


def _standing(evidence: Evidence) -> Standing:
    assert evidence.standing is not None
    return evidence.standing


def resigned(world: World) -> Tampered:
    """Everything made to fit the change, under a checkpoint of the forger's own key."""
    evidence, place = _an_event(world)
    events = [link.event for link in evidence.links]
    events[place] = other_event(world.chance, events[place])
    forged = stood([_rechained(evidence, events)], signer(2))[evidence.case_no]
    return _as("re-signed", forged, coded("untrusted_key"), "checkpoint")


def signature_of_another(world: World) -> Tampered:
    evidence = world.a_case()
    note = _standing(evidence).note
    checkpoint = treehead.read(note)
    from audit.checkpoints import notes

    text, _ = notes.split(note)
    forged = notes.sign(text, [signer(world.chance.randint(2, 9), checkpoint.origin)])
    done = replace(evidence, standing=replace(_standing(evidence), note=forged))
    return _as("signed by another", done, coded("untrusted_key"), "checkpoint")


def line_of_the_note(world: World) -> Tampered:
    evidence = world.a_case()
    lines = _standing(evidence).note.split("\n")
    place = world.chance.choice((1, 2, 3, 4, 6))
    lines[place] = _other_line(world.chance, lines[place], place)
    done = replace(evidence, standing=replace(_standing(evidence), note="\n".join(lines)))
    return _as("note", done, coded("note_unsigned", "untrusted_key", "note_malformed"), f"checkpoint {place}")


def _other_line(chance: Random, line: str, place: int) -> str:
    match place:
        case 1:
            return str(int(line) + chance.choice((-1, 1, 100)))
        case 4:
            return line.replace("2026", "2025")
        case _:
            head, _, last = line.rpartition(" ")
            raw = bytearray(b64decode(last))
            raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
            return f"{head} {b64encode(raw).decode()}".lstrip()


def proof_of_an_event(world: World) -> Tampered | None:
    evidence = world.a_case()
    standing = _standing(evidence)
    seq = world.chance.choice(list(standing.leaves))
    if world.chance.random() < 0.3:
        leaves = {at: each for at, each in standing.leaves.items() if at != seq}
        named = at_event(seq, "leaf_missing")
    else:
        leaves = {**standing.leaves, seq: _other_proof(world.chance, standing.leaves[seq])}
        named = at_event(seq, "leaf_differs")
    return _as("proof", replace(evidence, standing=replace(standing, leaves=leaves)), named, seq)


def _other_proof(chance: Random, proof: Inclusion) -> Inclusion:
    path = list(proof.path)
    match chance.choice(("place", "path", "shorter")):
        case "place":
            return replace(proof, place=proof.place + chance.choice((1, 2, 64)))
        case "shorter":
            return replace(proof, path=tuple(path[:-1]))
        case _:
            place = chance.randrange(len(path))
            path[place] = other_hex(chance, path[place])
            return replace(proof, path=tuple(path))


def proof_of_the_end(world: World) -> Tampered:
    evidence = world.a_case()
    standing = _standing(evidence)
    match world.chance.choice(("hash", "path")):
        case "hash":
            forged = replace(standing, head_hash=other_hex(world.chance, standing.head_hash))
        case _:
            forged = replace(standing, head=_other_proof(world.chance, standing.head))
    named = at_event(standing.head_seq, "head_differs")
    return _as("proof of the end", replace(evidence, standing=forged), named, standing.head_seq)


# -- words and editions -----------------------------------------------------------------------------------


def _a_word(world: World) -> tuple[Evidence, Commitment, int]:
    evidence = world.chance.choice(world.with_words)
    held = world.chance.choice([c for c in evidence.commitments.values() if c.body])
    events = read_record(evidence.links).events
    return evidence, held, next(e.seq for e in events if held.commitment in references(e.fact))


def words(world: World) -> Tampered:
    evidence, held, seq = _a_word(world)
    assert held.body is not None
    assert held.salt is not None
    match world.chance.choice(("body", "salt", "kind", "other")):
        case "body":
            forged = replace(held, body=_other(world.chance, held.body))
        case "salt":
            forged = replace(held, salt=bytes.fromhex(other_hex(world.chance, held.salt.hex())))
        case "kind":
            forged = replace(held, kind=world.chance.choice(("name", "phone", "file", "nothing")))
        case _:
            forged = replace(held, salt=bytes(16), body="words that nobody wrote")
    done = {**evidence.commitments, held.commitment: forged}
    return _as("words", replace(evidence, commitments=done), at_event(seq, "content_differs"), seq)


def words_gone(world: World) -> Tampered:
    evidence, held, seq = _a_word(world)
    rest = {name: each for name, each in evidence.commitments.items() if name != held.commitment}
    return _as("words gone", replace(evidence, commitments=rest), at_event(seq, "content_missing"), seq)


def words_erased(world: World) -> Tampered:
    evidence, held, seq = _a_word(world)
    at = read_instant(evidence.links[-1].event["at"])
    gone = replace(held, salt=None, body=None, erased_at=at, erased_by="a-1", basis="on request")
    done = {**evidence.commitments, held.commitment: gone}
    return _as(
        "words erased by one", replace(evidence, commitments=done), at_event(seq, "erasure_unfounded"), seq
    )


def words_added(world: World) -> Tampered:
    evidence = world.a_case()
    name = f"c1:{world.chance.getrandbits(64):x}"
    done = {**evidence.commitments, name: Commitment(name, "text")}
    return _as("words added", replace(evidence, commitments=done), about(name), name)


def edition(world: World) -> Tampered | None:
    evidence = world.a_case()
    name = world.chance.choice(list(evidence.editions))
    text = evidence.editions[name]
    found = list(re.finditer(r"^(?!#)[^#\n]*= *(\d+)\b", text, re.MULTILINE))
    if not found:
        return None
    one = world.chance.choice(found)
    forged = text[: one.start(1)] + str(int(one[1]) + 1) + text[one.end(1) :]
    done = replace(evidence, editions={**evidence.editions, name: forged})
    return _as("edition", done, lambda f: f.code in ("edition_broken", "edition_missing"), name)


def edition_gone(world: World) -> Tampered:
    evidence = world.a_case()
    name = world.chance.choice(list(evidence.editions))
    rest = {each: text for each, text in evidence.editions.items() if each != name}
    done = replace(evidence, editions=rest)
    return _as("edition gone", done, coded("edition_broken", "edition_missing"), name)


# -- histories and their seals ----------------------------------------------------------------------------


def _with_run(evidence: Evidence, place: int, run: ArchivedRun) -> Evidence:
    return replace(evidence, runs=[*evidence.runs[:place], run, *evidence.runs[place + 1 :]])


def _other_history(world: World, run: ArchivedRun) -> ArchivedRun:
    events = json.loads(run.history)["events"]
    place = world.chance.randrange(len(events))
    events[place] = other_leaf(world.chance, events[place])
    return replace(run, history=json.dumps({"events": events}))


def _refitted(run: ArchivedRun) -> ArchivedRun:
    return replace(run, digest=hashlib.sha256(run.history.encode()).hexdigest())


def history(world: World) -> Tampered:
    evidence, place = world.a_run()
    forged = _other_history(world, evidence.runs[place])
    return _as("history", _with_run(evidence, place, forged), about(forged.run_id), forged.run_id)


def history_and_digest(world: World) -> Tampered:
    evidence, place = world.a_run()
    forged = _refitted(_other_history(world, evidence.runs[place]))
    return _as("history, digest", _with_run(evidence, place, forged), about(forged.run_id), forged.run_id)


def history_and_seal(world: World) -> Tampered:
    evidence, place = world.a_run()
    forged = _refitted(_other_history(world, evidence.runs[place]))
    seal = next(n for n, e in enumerate(evidence.journal) if e.data["run_id"] == forged.run_id)
    data = {**evidence.journal[seal].data, "digest": forged.digest}
    done = _with_entry(_with_run(evidence, place, forged), seal, replace(evidence.journal[seal], data=data))
    entry = done.journal[seal]
    return _as("history, digest, seal", done, about(f"{entry.stream}/{entry.seq}"), entry.seq)


def _with_entry(evidence: Evidence, place: int, entry: Entry) -> Evidence:
    resealed = replace(entry, hash=hash_of(entry) or "")
    entries = list(evidence.journal)
    entries[place] = resealed
    return replace(evidence, journal=entries)


def history_of_another(world: World) -> Tampered:
    evidence, other = world.chance.sample(world.with_runs, 2)
    whole = world.chance.random() < 0.5
    mine, theirs = evidence.runs[0], other.runs[0]
    run = (
        theirs if whole else replace(mine, history=theirs.history, digest=theirs.digest, events=theirs.events)
    )
    return _as("history of another case", _with_run(evidence, 0, run), about(mine.run_id), mine.run_id)


def history_gone(world: World) -> Tampered:
    evidence, place = world.a_run()
    name = evidence.runs[place].run_id
    runs = [run for run in evidence.runs if run.run_id != name]
    return _as("history gone", replace(evidence, runs=runs), about(name), name)


def what_is_said_of_a_history(world: World) -> Tampered:
    evidence, place = world.a_run()
    run = evidence.runs[place]
    match world.chance.choice(("events", "closed", "code", "digest")):
        case "events":
            forged = replace(run, events=run.events + 1)
        case "closed":
            forged = replace(run, closed=not run.closed)
        case "code":
            forged = replace(run, code=run.code + "x")
        case _:
            forged = replace(run, digest=other_hex(world.chance, run.digest))
    return _as("said of a history", _with_run(evidence, place, forged), about(run.run_id), run.run_id)


def seal(world: World) -> Tampered:
    evidence, _ = world.a_run()
    place = world.chance.randrange(len(evidence.journal))
    entry, name = evidence.journal[place], f"{evidence.journal[place].stream}/{evidence.journal[place].seq}"
    match world.chance.choice(("data", "kind", "hash", "prev", "at")):
        case "data":
            forged = replace(entry, data=other_leaf(world.chance, entry.data))
        case "kind":
            forged = replace(entry, kind=entry.kind + "x")
        case "hash":
            forged = replace(entry, hash=other_hex(world.chance, entry.hash))
        case "prev":
            forged = replace(entry, prev=other_hex(world.chance, entry.prev or "ab" * 32))
        case _:
            forged = replace(entry, at=entry.at.replace(year=2025))
    entries = [*evidence.journal[:place], forged, *evidence.journal[place + 1 :]]
    return _as("seal", replace(evidence, journal=entries), about(name), name)


def seal_rehashed(world: World) -> Tampered:
    evidence, _ = world.a_run()
    place = world.chance.randrange(len(evidence.journal))
    entry = evidence.journal[place]
    forged = replace(entry, at=entry.at.replace(year=2025), data=other_leaf(world.chance, entry.data))
    name = f"{entry.stream}/{entry.seq}"
    return _as("seal, rehashed", _with_entry(evidence, place, forged), about(name), name)


def seal_gone(world: World) -> Tampered:
    evidence, place = world.a_run()
    name = evidence.runs[place].run_id
    rest = [entry for entry in evidence.journal if entry.data["run_id"] != name]
    return _as("seal gone", replace(evidence, journal=rest), about(name), name)


# -- the file itself --------------------------------------------------------------------------------------


def manifest(world: World) -> Tampered:
    evidence = world.a_case()
    members = unzipped(pack(evidence, with_content=True))
    said = json.loads(members[MANIFEST])
    name = world.chance.choice(list(said["members"]))
    match world.chance.choice(("digest", "less", "more", "case")):
        case "digest":
            said["members"][name] = other_hex(world.chance, said["members"][name])
            named = about(name)
        case "less":
            del said["members"][name]
            named = about(name)
        case "more":
            said["members"]["histories/none.json"] = "ab" * 32
            named = about("histories/none.json")
        case _:
            said["case_no"] += "9"
            named = at_event(1, "chain_hash")
    file = zipped({**members, MANIFEST: json.dumps(said).encode()})
    return Tampered("manifest", file, named, f"{evidence.case_no} {name}")


def member(world: World) -> Tampered:
    """A member changed without its manifest: one byte of it, or all."""
    evidence = world.a_case()
    members = unzipped(pack(evidence, with_content=True))
    name = world.chance.choice([casefile.READ_ME, casefile.CHECKPOINT, casefile.EDITIONS])
    name = next(each for each in members if each.startswith(name))
    members[name] += b"#\n"
    return Tampered("member", zipped(members), about(name), f"{evidence.case_no} {name}")


HANDS: Mapping[str, Callable[[World], Tampered | None]] = {
    hand.__name__: hand
    for hand in (
        field_of_an_event, field_and_its_hash, field_and_every_hash, a_hash, a_prev, order, order_rehashed,
        last_deleted, last_deleted_and_proof_cut, middle_deleted, middle_deleted_rehashed, all_deleted, appended,
        doubled, ledger_of_another, resigned, signature_of_another, line_of_the_note, proof_of_an_event,
        proof_of_the_end, words, words_gone, words_erased, words_added, edition, edition_gone, history,
        history_and_digest, history_and_seal, history_of_another, history_gone, what_is_said_of_a_history, seal,
        seal_rehashed, seal_gone, manifest, member,
    )
}  # fmt: skip
