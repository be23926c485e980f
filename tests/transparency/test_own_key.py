"""A witness's own key: made once, its owner's alone."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from reference.secret_file import SecretUnusable
from transparency.own_key import OwnKey


def test_a_key_is_made_once_even_by_many_and_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "kept" / "key.pem"
    with ThreadPoolExecutor(8) as threads:
        keys = {own.public for own in threads.map(lambda _: OwnKey.at(file), range(8))}
    assert keys == {OwnKey.at(file).public}
    assert [path.name for path in file.parent.iterdir()] == ["key.pem"]
    assert file.stat().st_mode & 0o777 == 0o600
    assert OwnKey.at(tmp_path / "other.pem").public not in keys


def test_a_file_that_holds_no_key_of_its_owner_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    OwnKey.at(file)
    file.chmod(0o644)
    with pytest.raises(SecretUnusable, match="chmod 600"):
        OwnKey.at(file)
    file.chmod(0o600)
    file.write_text("nothing")
    with pytest.raises(SecretUnusable, match="does not hold a key that can be read"):
        OwnKey.at(file)
    other = ec.generate_private_key(ec.SECP256R1())
    file.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(SecretUnusable, match="of another kind"):
        OwnKey.at(file)
    with pytest.raises(SecretUnusable, match="cannot be read"):
        OwnKey.at(tmp_path)
