"""Settings: read once, told exactly when they are wrong, and never printing a secret."""

import ast
from pathlib import Path
from typing import Any

import orjson
import pytest

from app import docs
from app.settings import SETTINGS, Issuer, Settings, SettingsError, read

ALLOWED = ", ".join([f"LMDT_{setting.name}" for setting in SETTINGS][:20])
LIKE = "LMDT_{} is not a key: allowed are " + ALLOWED + ', .... Did you mean "LMDT_{}"?'
ONE = {"issuer": "https://login.example/", "audience": "trust", "jwks": "https://login.example/keys",
       "organisations": ["DWP"]}  # fmt: skip


def issuers(*listed: Any) -> dict[str, str]:
    return {"LMDT_ISSUERS": orjson.dumps(listed).decode()}


def test_without_an_environment_the_defaults_hold() -> None:
    settings = read({})
    assert (settings.host, settings.port, settings.demo) == ("127.0.0.1", 8000, False)
    assert settings.database == "sqlite:///.data/trust.sqlite"
    assert settings.issuers == () and settings.credentials == {}
    assert (settings.sources / "dwp.toml").exists() and (settings.policies / "access.cedar").exists()


def test_the_environment_says_otherwise_and_what_is_given_here_last() -> None:
    settings = read({"LMDT_PORT": "9000", "LMDT_DATA": "/kept", "LMDT_DEMO": "Yes", "HOME": "/x"}, PORT="9001")
    assert (settings.port, settings.demo) == (9001, True)
    assert settings.database == "sqlite:////kept/trust.sqlite"


@pytest.mark.parametrize("name", [setting.name for setting in SETTINGS])
def test_every_setting_is_read(name: str) -> None:
    other = {
        "DEMO": "true", "PUBLIC_ONLY": "true", "ACCESS_LOG": "true", "METRICS": "true", "TRACES": "true",
        "KEPT_ANSWERS": "false", "PERSISTED_QUERIES": "false",
        "CACHE": "redis://h/0", "LOG_LEVEL": "error",
        "DATABASE": "sqlite:///x", "ISSUERS": orjson.dumps([ONE]).decode(),
        "CORS_ORIGINS": "https://elsewhere.example", "TRUSTED_ONLY": "public",
        "TRUSTED_PROXIES": "10.0.0.0/8, ::1",
    }  # fmt: skip
    default = next(setting.default for setting in SETTINGS if setting.name == name)
    changed = other.get(name) or (str(int(default) + 1) if default.isdigit() else "elsewhere")
    before, after = read({}), read({f"LMDT_{name}": changed})
    assert [field for field in Settings.model_fields if getattr(before, field) != getattr(after, field)]


NETWORKS = "LMDT_TRUSTED_PROXIES must be addresses or networks like '10.0.0.0/8', with commas, not {!r}."


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PROT", "1", LIKE.format("PROT", "PORT")),
        ("SOURCE", "x", LIKE.format("SOURCE", "SOURCES")),
        ("XYZZY", "1", LIKE.format("XYZZY", "").partition(" Did")[0]),
        ("TRUSTED_PROXIES", "10.0.0.1/8", NETWORKS.format("10.0.0.1/8")),
        ("TRUSTED_PROXIES", "proxy.example", NETWORKS.format("proxy.example")),
        ("PORT", "eight", "LMDT_PORT must be a whole number from 0 to 65535, not 'eight'."),
        ("PORT", "65536", "LMDT_PORT must be a whole number from 0 to 65535, not '65536'."),
        ("PORT", "\u00b2", "LMDT_PORT must be a whole number from 0 to 65535, not '\u00b2'."),
        ("PORT", "-1", "LMDT_PORT must be a whole number from 0 to 65535, not '-1'."),
        ("MAX_BODY", "0", "LMDT_MAX_BODY must be a whole number from 1 to 2147483648, not '0'."),
        ("LEEWAY", "86400", "LMDT_LEEWAY must be a whole number from 0 to 300, not '86400'."),
        ("DEMO", "perhaps", "LMDT_DEMO must be true or false, not 'perhaps'."),
        ("LOG_LEVEL", "loud", 'LMDT_LOG_LEVEL "LOUD" is not known: allowed are DEBUG, INFO, WARNING, ERROR.'),
        (
            "CACHE",
            "memcached://u:hunter2@h",
            "LMDT_CACHE must begin with memory://, redis:// or rediss://, not 'memcached'.",
        ),
        (
            "CACHE",
            "redis://u:hunter2@h/first",
            "LMDT_CACHE must be redis://host:port/0: a host, a port and the number of a database.",
        ),
        ("ISSUERS", "{", "LMDT_ISSUERS is not JSON: unexpected end of data: line 1 column 2 (char 1)."),
        ("ISSUERS", "{}", "LMDT_ISSUERS must be a list, not a table."),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_allowed(name: str, value: str, words: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        read({f"LMDT_{name}": value})
    assert str(wrong.value) == words


def test_issuers_are_read_with_all_they_may_say() -> None:
    keys = {"keys": []}
    full = {**ONE, "issuer": "https://other.example/", "jwks": keys, "algorithms": ["ES256"], "organisations": ["GMCA"]}
    first, second = read(issuers(ONE, full)).issuers
    assert first == Issuer(
        issuer=ONE["issuer"],
        audience="trust",
        jwks=ONE["jwks"],
        organisations=("DWP",),
        algorithms=("RS256", "ES256", "EdDSA"),
    )
    assert second == Issuer(
        issuer="https://other.example/", audience="trust", jwks=keys, algorithms=("ES256",), organisations=("GMCA",)
    )


@pytest.mark.parametrize(
    ("one", "words"),
    [
        ("https://login.example/", 'LMDT_ISSUERS[0] must be a table, not "https://login.example/"'),
        ({**ONE, "audience": ""}, 'LMDT_ISSUERS[0].audience must be text, not "".'),
        ({**ONE, "audience": ["trust"]}, "LMDT_ISSUERS[0].audience must be text, not a list."),
        (
            {**ONE, "algorithm": "RS256"},
            "[0].algorithm is not a key: allowed are issuer, audience, jwks, organisations, algorithms, client_id, "
            "scope. Did you",
        ),
        ({**ONE, "algorithms": ["HS256"]}, 'algorithms[0] "HS256" is not known: allowed are RS256, ES256, EdDSA.'),
        ({**ONE, "algorithms": ["none"]}, 'algorithms[0] "none" is not known'),
        ({**ONE, "algorithms": "RS256"}, 'algorithms must be a list, not "RS256"'),
        ({**ONE, "algorithms": []}, "algorithms must hold at least one"),
        ({key: value for key, value in ONE.items() if key != "organisations"}, "organisations is needed"),
        ({**ONE, "organisations": []}, "organisations must hold at least one"),
        ({**ONE, "jwks": "http://login.example/keys"}, "keys are fetched over https only"),
        ({**ONE, "jwks": "http://127.0.0.1.login.example/keys"}, "keys are fetched over https only"),
        ({**ONE, "jwks": "http://localhost@login.example/keys"}, "keys are fetched over https only"),
        ({**ONE, "jwks": "file:///etc/passwd"}, "keys are fetched over https only"),
        ({**ONE, "jwks": 7}, "keys are fetched over https only"),
        ({**ONE, "issuer": "http://login.example", "client_id": "w"}, "must be an address of https"),
        ({**ONE, "issuer": "login", "client_id": "w"}, "must be an address of https"),
        ({**ONE, "issuer": "https://login.example; script-src *", "client_id": "w"}, "must be an address of https"),
        ({**ONE, "issuer": "https://a@login.example", "client_id": "w"}, "must be an address of https"),
        ({**ONE, "client_id": ""}, "client_id must be text"),
    ],
)
def test_an_issuer_that_cannot_be_used_is_told(one: Any, words: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        read(issuers(one))
    assert words in str(wrong.value)


def test_the_same_issuer_twice_is_an_error() -> None:
    with pytest.raises(SettingsError, match="names the same issuer twice"):
        read(issuers(ONE, {**ONE, "audience": "other"}))


def test_keys_of_an_issuer_on_this_machine_need_no_https() -> None:
    (one,) = read(issuers({**ONE, "jwks": "http://127.0.0.1:9000/keys"})).issuers
    assert one.jwks == "http://127.0.0.1:9000/keys"


def test_credentials_are_whatever_source_files_may_name_and_the_demonstrations_only_in_it() -> None:
    given = {"LMDT_DWP_KEY": "a", "LMDT_NOMIS_UID": "b", "LMDT_HMRC_TOKEN": "c", "OTHER_KEY": "d"}
    assert read(given).credentials == {"LMDT_DWP_KEY": "a", "LMDT_NOMIS_UID": "b", "LMDT_HMRC_TOKEN": "c"}
    assert "LMDT_DWP_KEY" not in read({}).credentials
    assert read({"LMDT_DEMO": "true"}).credentials["LMDT_DWP_KEY"] == "demo-dwp-key"
    assert read({**given, "LMDT_DEMO": "true"}).credentials["LMDT_DWP_KEY"] == "a"


def test_settings_that_are_printed_hold_no_secret() -> None:
    printed = repr(
        read(
            {
                "LMDT_DWP_KEY": "hunter2",
                "LMDT_DATABASE": "postgresql://trust:hunter2@h/trust",
                "LMDT_CACHE": "redis://:hunter2@h/0",
            }
        )
    )
    assert "hunter2" not in printed


def test_the_documents_say_every_setting_and_every_error_as_the_code_does() -> None:
    assert docs.stale() == []
    written = docs.settings()
    assert all(f"`LMDT_{setting.name}`" in written and setting.help in written for setting in SETTINGS)


def test_nothing_else_reads_the_environment() -> None:
    root = Path(__file__).resolve().parents[2]
    readers: list[str] = []
    for folder in ("app", "schema", "resolvers", "trust", "policies", "reference"):
        for path in (root / folder).rglob("*.py"):
            names = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute))
            if any(node.attr in ("environ", "getenv", "environb") for node in names):
                readers.append(str(path.relative_to(root)))
    assert readers == ["app/settings.py"]
