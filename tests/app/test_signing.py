"""The Trust's keys: made once, kept for the Trust alone, published by half."""

import threading
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.signing import people_key, signer
from reference.secret_file import SecretUnusable


def test_a_key_is_made_once_and_read_ever_after(tmp_path: Path) -> None:
    first = signer(tmp_path / "kept" / "key.pem")
    assert signer(tmp_path / "kept" / "key.pem").jwks == first.jwks
    assert signer(tmp_path / "other.pem").kid != first.kid


def test_the_key_is_its_owners_alone_and_nothing_else_is_left_beside_it(tmp_path: Path) -> None:
    signer(tmp_path / "key.pem")
    assert [path.name for path in tmp_path.iterdir()] == ["key.pem"]
    assert (tmp_path / "key.pem").stat().st_mode & 0o777 == 0o600


def test_what_is_signed_is_verified_by_what_is_published_and_by_nothing_else(tmp_path: Path) -> None:
    one, other = signer(tmp_path / "one.pem"), signer(tmp_path / "other.pem")
    signed = one.sign({"purpose": "skills-planning"})
    assert jwt.get_unverified_header(signed) == {"alg": "EdDSA", "typ": "JWT", "kid": one.kid}
    published = jwt.PyJWKSet.from_dict(dict(one.jwks))
    assert jwt.decode(signed, published[one.kid].key, ["EdDSA"]) == {"purpose": "skills-planning"}
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(signed, jwt.PyJWKSet.from_dict(dict(other.jwks))[other.kid].key, ["EdDSA"])


def test_the_published_half_holds_no_private_part(tmp_path: Path) -> None:
    (key,) = signer(tmp_path / "key.pem").jwks["keys"]
    assert set(key) == {"kty", "crv", "x", "kid", "alg", "use"}


def test_processes_that_start_together_share_one_key(tmp_path: Path) -> None:
    kids: list[str] = []
    together = threading.Barrier(8)

    def start() -> None:
        together.wait()
        kids.append(signer(tmp_path / "key.pem").kid)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for one in threads:
        one.join()
    assert len(kids) == 8 and len(set(kids)) == 1


def test_a_key_that_anyone_may_read_is_refused_with_the_remedy(tmp_path: Path) -> None:
    signer(tmp_path / "key.pem")
    (tmp_path / "key.pem").chmod(0o644)
    with pytest.raises(SecretUnusable, match=r"^\S+key\.pem may be read by anyone.*chmod 600 .*key\.pem"):
        signer(tmp_path / "key.pem")


@pytest.mark.parametrize("content", ["nothing", "an EC key", "a folder"])
def test_a_file_that_holds_no_key_of_ours_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key.pem"
    if content == "a folder":
        path.mkdir(mode=0o700)
    else:
        other = ec.generate_private_key(ec.SECP256R1())
        pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(pem if content == "an EC key" else b"")
        path.chmod(0o600)
    with pytest.raises(SecretUnusable, match=r"key\.pem"):
        signer(path)


def test_the_key_that_people_are_told_by_is_made_once_and_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "people-key.hex"
    key = people_key(path)
    assert len(key) == 32 and people_key(path) == key
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o604)
    with pytest.raises(SecretUnusable, match=r"people-key\.hex may be read by anyone"):
        people_key(path)


@pytest.mark.parametrize("content", [b"", b"00" * 31, b"xy" * 32, "é".encode() * 64])
def test_a_file_that_holds_no_such_key_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "people-key.hex"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(SecretUnusable, match="64 hexadecimal digits"):
        people_key(path)
