"""Signed notes against the published vectors of Go's `note` package and of c2sp.org, and the files of keys."""

import base64
import stat

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed448
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.checkpoints import keys, notes
from audit.checkpoints.keys import KeyFileError
from audit.checkpoints.notes import (
    BadSignatureError,
    MalformedNoteError,
    Signer,
    UntrustedNoteError,
    Verifier,
)

PETER_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
ENOCH_KEY = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETER = (
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ENOCH = (
    "— EnochRoot "
    "rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)
POEM = (
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
    "— quasimodo.example/salvatore "
    "NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
)
peter, enoch = Verifier.parse(PETER_KEY), Verifier.parse(ENOCH_KEY)


def test_the_published_note_is_written_byte_for_byte():
    signer = Signer("PeterNeumann", Ed25519PrivateKey.from_private_bytes(PETER_SEED))
    assert str(signer.verifier) == PETER_KEY
    assert notes.sign(TEXT, [signer]) == f"{TEXT}\n{PETER}"


@pytest.mark.parametrize(
    "text", [PETER_KEY, ENOCH_KEY, "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"]
)
def test_published_keys_are_read_and_written_the_same(text):
    assert str(Verifier.parse(text)) == text


def test_no_mangled_key_is_taken():
    parts = {PETER_KEY[i:j] for i in range(len(PETER_KEY)) for j in range(i + 1, len(PETER_KEY) + 1)}
    mangled = {PETER_KEY[:i] + chr(ord(PETER_KEY[i]) + 1) + PETER_KEY[i + 1 :] for i in range(len(PETER_KEY))}
    published = {
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",  # too long
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",  # another algorithm
    }
    taken = []
    for text in (parts | mangled | published) - {PETER_KEY}:
        try:
            taken.append(Verifier.parse(text))
        except ValueError:
            continue
    assert taken == []


def test_one_known_key_is_enough_and_others_are_passed_over():
    assert notes.open_note(f"{TEXT}\n{PETER}{ENOCH}", [peter]) == notes.Opened(TEXT, (peter,))
    assert notes.open_note(f"{TEXT}\n{PETER}{ENOCH}", [peter, enoch]).signed_by == (peter, enoch)


def test_a_signature_given_twice_counts_once():
    assert notes.open_note(f"{TEXT}\n{PETER}{PETER}{ENOCH}", [peter]).signed_by == (peter,)


def test_a_note_of_unknown_keys_is_refused_and_says_who_signed():
    with pytest.raises(UntrustedNoteError, match=r"PeterNeumann\+c74f20a3、EnochRoot\+af0cfe78") as refused:
        notes.open_note(f"{TEXT}\n{PETER}{ENOCH}", [])
    assert refused.value.code == "untrusted_key"


def test_a_name_or_an_id_alone_is_not_a_key():
    with pytest.raises(UntrustedNoteError):
        notes.open_note(f"{TEXT}\n{PETER.replace('PeterNeumann', 'CarmenSandiego')}", [peter])
    with pytest.raises(UntrustedNoteError):
        notes.open_note(f"{TEXT}\n{PETER.replace('x08g', 'xxxx')}", [peter])


def test_a_known_key_that_did_not_sign_this_text_spoils_the_note():
    for note in (
        f"{TEXT}more\n\n{PETER}",
        f"{TEXT}\n{PETER[:60]}ABCD{PETER[60:]}",
        f"{TEXT}more\n\n{ENOCH}{PETER}",
    ):
        with pytest.raises(BadSignatureError) as refused:
            notes.open_note(note, [peter])
        assert refused.value.code == "note_unsigned"


@pytest.mark.parametrize(
    "note",
    [
        TEXT,
        f"{TEXT}\n",
        f"{TEXT}\n{PETER[:-1]}",
        f"\x01{TEXT}\n{PETER}",
        f"{TEXT}\r\n\n{PETER}",
        f"{TEXT}\n{PETER.replace('PeterNeumann', 'Bad Name')}",
        f"{TEXT}\n{PETER.replace('PeterNeumann', 'Bad+Name')}",
        f"{TEXT}\n{PETER}Unexpected line.\n",
        f"{TEXT}\n{PETER.replace('—', '-')}",
        f"{TEXT}\n— PeterNeumann x08g\n",
        f"{TEXT}\n— PeterNeumann x08g!\n",
        f"{TEXT}\n{PETER.replace('nAM=', 'nAN=')}",
        f"{TEXT}\n{PETER * 101}",
        "",
    ],
)
def test_what_is_no_note_is_refused(note):
    with pytest.raises(MalformedNoteError) as refused:
        notes.open_note(note, [peter])
    assert refused.value.code == "note_malformed"


def test_the_text_ends_at_the_last_empty_line():
    text, (signature,) = notes.split(POEM)
    assert text.endswith("sole:\n\ned è subito sera.\n")
    assert (signature.name, signature.key_id.hex()) == ("quasimodo.example/salvatore", "367ba04b")


@pytest.mark.parametrize("text", ["abc", "", "a\tb\n", "a\r\n"])
def test_a_text_no_note_can_carry_is_not_signed(text):
    with pytest.raises(MalformedNoteError):
        notes.sign(text, [Signer("herun.yunhe", Ed25519PrivateKey.generate())])


@pytest.mark.parametrize("name", ["", "two words", "a+b", "a\u3000b", "a\nb"])
def test_a_name_no_note_can_carry_is_no_key(name):
    with pytest.raises(ValueError, match="加号"):
        Signer(name, Ed25519PrivateKey.generate())


# -- files ----------------------------------------------------------------------------------------------


def test_a_key_is_written_for_its_owner_alone_and_read_again(tmp_path):
    made = keys.generate(tmp_path / "audit.pem", "herun.yunhe")
    assert stat.S_IMODE((tmp_path / "audit.pem").stat().st_mode) == 0o600
    assert keys.load(tmp_path / "audit.pem").verifier == made.verifier
    assert keys.trusted(tmp_path / "audit.vkey") == (made.verifier,)


def test_a_key_is_never_written_over(tmp_path):
    keys.generate(tmp_path / "audit.pem", "herun.yunhe")
    with pytest.raises(KeyFileError, match=r"audit\.pem"):
        keys.generate(tmp_path / "audit.pem", "herun.yunhe")


def test_a_key_that_others_may_read_is_not_used(tmp_path):
    keys.generate(tmp_path / "audit.pem", "herun.yunhe")
    (tmp_path / "audit.pem").chmod(0o640)
    with pytest.raises(KeyFileError, match="chmod 600"):
        keys.load(tmp_path / "audit.pem")


def test_what_is_no_key_of_ours_is_refused_with_a_sentence(tmp_path):
    path = tmp_path / "audit.pem"
    with pytest.raises(KeyFileError, match="Cannot read"):
        keys.load(path)
    keys.generate(path, "herun.yunhe")
    path.write_text("no key")
    with pytest.raises(KeyFileError, match="no plain PEM"):
        keys.load(path)
    other = ed448.Ed448PrivateKey.generate()
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    path.write_bytes(other.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain))
    with pytest.raises(KeyFileError, match="not an Ed25519 key"):
        keys.load(path)


def test_a_key_beside_another_ones_public_half_is_refused(tmp_path):
    keys.generate(tmp_path / "audit.pem", "herun.yunhe")
    keys.generate(tmp_path / "other.pem", "herun.yunhe")
    (tmp_path / "other.vkey").replace(tmp_path / "audit.vkey")
    with pytest.raises(KeyFileError, match="not the public half"):
        keys.load(tmp_path / "audit.pem")


def test_trusted_keys_stand_one_a_line_and_a_wrong_line_is_named(tmp_path):
    path = tmp_path / "trusted"
    path.write_text(f"# 云和\n{PETER_KEY}\n\n{ENOCH_KEY} # until 2026\n")
    assert keys.trusted(path) == (peter, enoch)
    path.write_text(f"{PETER_KEY}\nnonsense\n")
    with pytest.raises(KeyFileError, match="trusted:2"):
        keys.trusted(path)


def test_a_successor_is_made_once_and_takes_the_place_of_the_key(tmp_path):
    path = tmp_path / "audit.pem"
    old = keys.generate(path, "herun.yunhe")
    new = keys.successor(path)
    assert keys.successor(path).verifier == new.verifier != old.verifier
    assert keys.load(path).verifier == old.verifier
    keys.adopt(path)
    assert keys.load(path).verifier == new.verifier
    assert keys.load(tmp_path / f"audit.{old.verifier.id.hex()}.pem").verifier == old.verifier
    assert keys.trusted(tmp_path / "audit.vkey") == (new.verifier,)


def test_half_a_successor_is_made_anew(tmp_path):
    keys.generate(tmp_path / "audit.pem", "herun.yunhe")
    (tmp_path / "audit.next.pem").write_text("")
    assert keys.successor(tmp_path / "audit.pem").name == "herun.yunhe"


def test_a_rotation_that_a_crash_cut_short_is_finished_later(tmp_path):
    path = tmp_path / "audit.pem"
    old = keys.generate(path, "herun.yunhe")
    new = keys.successor(path)
    (tmp_path / f"audit.{old.verifier.id.hex()}.pem").hardlink_to(path)
    (tmp_path / "audit.vkey").write_text(f"{new.verifier}\n")  # the private halves were not changed over yet
    assert keys.adopt(path).verifier == keys.load(path).verifier == new.verifier
