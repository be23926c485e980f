"""Every setting once: name, default, help. The only reader of the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import orjson

PREFIX = "LMDT_"
TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}
# Credentials of the sample departments, used in the demonstration and nowhere else.
DEMO_CREDENTIALS = {"LMDT_DWP_KEY": "demo-dwp-key"}


class SettingsError(ValueError):
    """A setting that cannot be used: names it, and what is allowed."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: the name after the prefix, its default as text, and one sentence of help."""

    name: str
    default: str
    help: str


SETTINGS = (
    Setting("HOST", "127.0.0.1", "Address the gateway listens on."),
    Setting("PORT", "8000", "Port the gateway listens on."),
    Setting("DEMO", "false", "Run the demonstration's own issuer of tokens. Never where real data is."),
    Setting("DATA", ".data", "Folder for what the Trust itself keeps: its database and its signing key."),
    Setting("DATABASE", "", "SQLAlchemy URL of the Trust's records. Default: SQLite in the data folder."),
    Setting("CACHE", "memory://", "Where departments' answers are kept: memory:// or redis://host:port/0."),
    Setting(
        "ISSUERS",
        "[]",
        'Token issuers, as JSON: [{"issuer": "...", "audience": "...", "jwks": "https://..."}]. Optional in each: '
        '"algorithms", of RS256, ES256 and EdDSA.',
    ),
    Setting("PUBLIC_ONLY", "false", "Start without any issuer: every caller is the public."),
    Setting("ISSUER", "https://trust.example/lmdt", "The Trust's own name in the statements it signs for departments."),
    Setting("SOURCES", "", "Folder of source files. Default: those that come with the gateway."),
    Setting("POLICIES", "", "Folder of policies and agreements. Default: those that come with the gateway."),
    Setting("EXPLORER", "", "Folder of the built explorer. Default: explorer/dist beside the code."),
    Setting("DEPARTMENTS_PORT", "8101", "In the demonstration: first port of the sample departments."),
    Setting("MAX_BODY", "262144", "Largest request, in bytes."),
    Setting("MAX_TOKENS", "5000", "Most tokens in a query."),
    Setting("MAX_FIELDS", "2000", "Most fields a query may select once its fragments are written out."),
    Setting("MAX_DEPTH", "16", "Deepest nesting of a query."),
    Setting("MAX_FIGURES", "250000", "Most figures, and most rows, one query may ask for."),
    Setting("LEEWAY", "30", "Seconds by which an issuer's clock may be off."),
    Setting("LOG_LEVEL", "INFO", "Least severe log line to write: DEBUG, INFO, WARNING or ERROR."),
)


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who may issue tokens. `jwks`: address of its keys, or the keys themselves."""

    issuer: str
    audience: str
    jwks: str | Mapping[str, Any]
    algorithms: tuple[str, ...] = ("RS256", "ES256", "EdDSA")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one gateway."""

    host: str
    port: int
    demo: bool
    data: Path
    database: str
    cache: str
    issuers: tuple[Issuer, ...]
    public_only: bool
    issuer: str
    sources: Path
    policies: Path
    explorer: Path
    departments_port: int
    max_body: int
    max_tokens: int
    max_fields: int
    max_depth: int
    max_figures: int
    leeway: int
    log_level: str
    credentials: Mapping[str, str]


def read(environment: Mapping[str, str] | None = None, /, **given_here: str) -> Settings:
    """The settings of an environment (this process's, unless one is given), with some given here by the names
    of SETTINGS. Raises SettingsError."""
    given = dict(os.environ if environment is None else environment)
    given |= {PREFIX + name: value for name, value in given_here.items()}
    values = {setting.name: given.get(PREFIX + setting.name, setting.default) for setting in SETTINGS}
    demo = _switch("DEMO", values["DEMO"])
    home = Path(__file__).resolve().parent.parent
    data = Path(values["DATA"])
    credentials = {name: value for name, value in given.items() if _is_credential(name)}
    _no_strangers(given)
    return Settings(
        host=values["HOST"],
        port=_number("PORT", values["PORT"]),
        demo=demo,
        data=data,
        database=values["DATABASE"] or f"sqlite:///{data / 'trust.sqlite'}",
        cache=_cache(values["CACHE"]),
        issuers=_issuers(values["ISSUERS"]),
        public_only=_switch("PUBLIC_ONLY", values["PUBLIC_ONLY"]),
        issuer=values["ISSUER"],
        sources=Path(values["SOURCES"] or home / "resolvers" / "sources"),
        policies=Path(values["POLICIES"] or home / "policies"),
        explorer=Path(values["EXPLORER"] or home / "explorer" / "dist"),
        departments_port=_number("DEPARTMENTS_PORT", values["DEPARTMENTS_PORT"]),
        max_body=_number("MAX_BODY", values["MAX_BODY"]),
        max_tokens=_number("MAX_TOKENS", values["MAX_TOKENS"]),
        max_fields=_number("MAX_FIELDS", values["MAX_FIELDS"]),
        max_depth=_number("MAX_DEPTH", values["MAX_DEPTH"]),
        max_figures=_number("MAX_FIGURES", values["MAX_FIGURES"]),
        leeway=_number("LEEWAY", values["LEEWAY"]),
        log_level=values["LOG_LEVEL"].upper(),
        credentials={**DEMO_CREDENTIALS, **credentials} if demo else credentials,
    )


def _is_credential(name: str) -> bool:
    """Source files name the variable that holds a department's credential: it ends in _KEY, _UID or _TOKEN."""
    return name.startswith(PREFIX) and name.endswith(("_KEY", "_UID", "_TOKEN"))


def _no_strangers(given: Mapping[str, str]) -> None:
    known = [PREFIX + setting.name for setting in SETTINGS]
    for name in given:
        if name.startswith(PREFIX) and name not in known and not _is_credential(name):
            near = get_close_matches(name, known, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise SettingsError(f"{name} is not a setting.{hint}")


def _number(name: str, text: str) -> int:
    if not text.isdigit():
        raise SettingsError(f"{PREFIX}{name} must be a whole number, not {text!r}.")
    return int(text)


def _switch(name: str, text: str) -> bool:
    if text.lower() not in TRUE | FALSE:
        raise SettingsError(f"{PREFIX}{name} must be true or false, not {text!r}.")
    return text.lower() in TRUE


def _cache(text: str) -> str:
    if not text.startswith(("memory://", "redis://")):
        raise SettingsError(f"{PREFIX}CACHE must begin with memory:// or redis://, not {text!r}.")
    return text


def _issuers(text: str) -> tuple[Issuer, ...]:
    try:
        listed: list[dict[str, Any]] = orjson.loads(text)
        found = tuple(Issuer(**{**each, "algorithms": _algorithms(each)}) for each in listed)  # pyright: ignore
    except (orjson.JSONDecodeError, TypeError) as error:
        raise SettingsError(f"{PREFIX}ISSUERS is not a list of issuers: {error}.") from error
    for each in found:
        if isinstance(each.jwks, str) and not each.jwks.startswith(
            ("https://", "http://127.0.0.1", "http://localhost")
        ):
            raise SettingsError(f"{PREFIX}ISSUERS: keys are fetched over https only, not from {each.jwks!r}.")
    return found


def _algorithms(told: Mapping[str, Any]) -> tuple[str, ...]:
    algorithms = tuple(told.get("algorithms", ("RS256", "ES256", "EdDSA")))
    for each in algorithms:
        if each not in ("RS256", "ES256", "EdDSA"):
            raise SettingsError(f"{PREFIX}ISSUERS: algorithm {each!r} is not allowed: RS256, ES256 and EdDSA are.")
    return algorithms
