"""Signed notes, checkpoints and cosignatures: what other implementations wrote is read, and ours are the same bytes."""

from base64 import b64encode

import pytest

from tests.transparency.keys import LOG, LOG_KEY, ORIGIN, WITNESSES, Seeded, signed, witness_key, witness_name
from tests.transparency.trees import LEAVES, Kept
from transparency import note
from transparency.checkpoint import Checkpoint
from transparency.note import Key, Note, NoteWrong, Signature, believed

FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
FOOS = (
    "This is an example message.\n\n\N{EM DASH} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1"
    "ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
MIRROR = "mirror.example.org+3fb148ef+BAAjjch9GyYz0sJsJx7ALhbdAtz2ov0unbzSl1vMp94O"
MIRRORS = (
    "rome2026h1.example.org\n300\ngw31yQrqZZCcEOPrzX+bpy3nJ6QgngTKn8G1m0i62uU=\n\n\N{EM DASH} mirror.example.org P7FI7w"
    "AAAABpVGeAjA1S4pJm6MbcXjX7UUImu4azZtrfcVW2uyr/LXIYlwEJzXC0N0EiZkbqfLdXt/4gVEEuGmxJjAfXKMCISpsJAg==\n"
)
EIGHT = Checkpoint(ORIGIN, 8, Kept.of(LEAVES).root())


def test_a_note_of_another_implementation_is_believed() -> None:
    key, received = Key.read(FOO), note.read(FOOS)
    assert received.text == "This is an example message.\n"
    assert believed(received, [key]) == [(key, received.signatures[0])]
    assert (str(key), str(received)) == (FOO, FOOS)


def test_a_cosignature_of_another_implementation_is_believed() -> None:
    key, received = Key.read(MIRROR), note.read(MIRRORS.encode())
    ((by, signature),) = believed(received, [key])
    assert (by, note.seen_at(signature.signature)) == (key, 0x69546780)
    checkpoint = Checkpoint.read(received.text)
    assert (checkpoint.origin, checkpoint.size) == ("rome2026h1.example.org", 300)
    assert (str(key), str(checkpoint), str(received)) == (MIRROR, received.text, MIRRORS)


def test_keys_and_signatures_from_known_seeds_are_the_known_ones() -> None:
    assert str(LOG_KEY) == "lmdt.example/record+a546944e+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
    assert str(witness_key("ons")) == "ons.example/witness+58622429+BIqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"
    assert signed(EIGHT, "ons").split("\n\n")[1] == (
        "\N{EM DASH} lmdt.example/record pUaUTiuR03Tj4/C5kNAJ13u6b9qRFwpcc644k4E0avqTOrnOMGSId4jaRI9l3xYXdrjmc1xLgE7hMA"
        "ak4r0h6R3ugQ4=\n\N{EM DASH} ons.example/witness WGIkKQAAAABoTuGAHkdBI8uobB/81ZFirwR+QUZBCnbYQMvcL6aa6qQ3CkoJGH"
        "iXXBEXzxHb0r20XjQXu/34PaXx+82r6neI75jaDg==\n"
    )


def test_signatures_of_unknown_keys_are_passed_over_among_sixteen_and_more() -> None:
    text = str(EIGHT)
    others = [note.sign(text, f"other{number}.example", Seeded(100 + number)) for number in range(40)]
    broken = Signature("unknown.example", b"abcd", b"of an unknown algorithm")
    received = note.read(str(Note(text, [broken, *others, note.sign(text, ORIGIN, LOG)])))
    assert [key for key, _ in believed(received, [LOG_KEY])] == [LOG_KEY]
    # The same name with another key, and the same key under another name, are other keys.
    impostor = note.sign(text, ORIGIN, Seeded(99))
    assert len(believed(Note(text, [impostor, *received.signatures]), [LOG_KEY])) == 1
    renamed = note.sign(text, "another.example", LOG)
    with pytest.raises(NoteWrong, match="no key that is trusted"):
        believed(Note(text, [renamed, impostor]), [LOG_KEY])


def test_one_signature_of_a_known_key_that_fails_rejects_the_note() -> None:
    received = note.read(signed(EIGHT, "ons", "hmrc"))
    keys = [LOG_KEY, witness_key("ons")]
    assert len(believed(received, keys)) == 2
    for at in (0, 1):
        for changed in (0, 10, 40, -1):
            one = received.signatures[at]
            raw = bytearray(one.signature)
            raw[changed] ^= 1
            spoiled = list(received.signatures)
            spoiled[at] = one._replace(signature=bytes(raw))
            with pytest.raises(NoteWrong, match="does not fit"):
                believed(Note(received.text, spoiled), keys)
    with pytest.raises(NoteWrong, match="does not fit"):
        believed(received._replace(text=str(EIGHT._replace(size=9))), keys)
    with pytest.raises(NoteWrong, match="does not fit"):
        believed(received._replace(signatures=[received.signatures[0]._replace(signature=b"short")]), keys)


def test_a_cosignature_is_of_a_witness_only() -> None:
    text, ons = str(EIGHT), WITNESSES["ons"]
    plain = note.sign(text, witness_name("ons"), ons)
    with pytest.raises(NoteWrong, match="no key that is trusted"):
        believed(Note(text, [plain]), [witness_key("ons")])
    disguised = plain._replace(id=witness_key("ons").id)
    with pytest.raises(NoteWrong, match="does not fit"):
        believed(Note(text, [disguised]), [witness_key("ons")])


def test_the_text_ends_at_the_last_empty_line() -> None:
    text = "one\n\n\N{EM DASH} not.a.signature AAAA\n\ntwo\n"
    received = note.read(str(Note(text, [note.sign(text, ORIGIN, LOG)])))
    assert received.text == text
    assert believed(received, [LOG_KEY])


SIGNED = signed(EIGHT)


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"\n",
        b"\n\n",
        b"text\n",
        b"text\n\n",
        SIGNED.encode()[:-1],
        SIGNED.encode() + b"\n",
        SIGNED.encode() + b"more\n",
        SIGNED.encode().replace(b"\n", b"\r\n"),
        b"\xff" + SIGNED.encode(),
        SIGNED.replace("record\n", "record\t\n").encode(),
        SIGNED.replace("\N{EM DASH}", "-").encode(),
        SIGNED.replace("\N{EM DASH} ", "\N{EM DASH}  ").encode(),
        SIGNED.replace("\N{EM DASH} lmdt", "\N{EM DASH} lm+dt").encode(),
        SIGNED.replace("=\n", "\n").encode(),
        SIGNED.replace("4=\n", "5=\n").encode(),  # bits that are left over are 0
        b"text\n\n" + "\N{EM DASH} short.example AAAA\n".encode(),
        b"text\n\n" + "\N{EM DASH} much.example AAAAAAAA\n".encode() * 101,
    ],
)
def test_what_is_no_note_is_refused(wrong: bytes) -> None:
    with pytest.raises(NoteWrong):
        note.read(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "name",
        FOO.replace("+530d903a", "+530d903b"),
        FOO.replace("example.com", "example com"),
        FOO.replace("+AekyeR", "+BekyeR"),
        FOO[:-1],
        FOO + "=",
        "example.com+00000000+" + b64encode(b"\2" + b"0" * 32).decode(),
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ],
)
def test_what_is_no_key_is_refused(wrong: str) -> None:
    with pytest.raises(NoteWrong):
        Key.read(wrong)


def test_a_name_with_spaces_or_plus_names_no_key() -> None:
    for name in ("", "a b", "a+b", "a\n"):
        with pytest.raises(NoteWrong):
            note.key_of(name, LOG)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        ORIGIN,
        f"{ORIGIN}\n8\n",
        str(EIGHT)[:-1],
        str(EIGHT) + "extension\n",
        str(EIGHT).replace("\n8\n", "\n08\n"),
        str(EIGHT).replace("\n8\n", "\n-8\n"),
        str(EIGHT).replace("\n8\n", "\n8 \n"),
        str(EIGHT).replace("\n8\n", "\n\u0668\n"),
        str(EIGHT).replace("\n8\n", f"\n{1 << 63}\n"),
        str(EIGHT).replace("\n8\n", f"\n{'9' * 5000}\n"),
        str(EIGHT).replace(ORIGIN, ""),
        str(EIGHT).replace("=", ""),
        f"{ORIGIN}\n8\n{b64encode(b'0' * 31).decode()}\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(wrong: str) -> None:
    with pytest.raises(NoteWrong):
        Checkpoint.read(wrong)
