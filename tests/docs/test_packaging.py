"""What is installed is what is here."""

import tomllib
from pathlib import Path

OURS = ("app", "schema", "resolvers", "policies", "transparency", "trust", "reference", "departments", "attacks")


def test_every_folder_of_code_is_a_package_that_is_installed() -> None:
    setuptools = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    folders = {".".join(file.parent.parts) for top in OURS for file in Path(top).rglob("*.py")}
    assert sorted(set(setuptools["packages"]) - set(setuptools["package-dir"])) == sorted(folders)
