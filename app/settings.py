"""Every setting once: name, default, help. The only reader of the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import orjson

PREFIX = "LMDT_"
TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}
ALGORITHMS = ("RS256", "ES256", "EdDSA")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
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
        "KEPT_ANSWERS",
        "64",
        "Megabytes of finished answers kept, for the same query of a caller whom no policy can tell from the one "
        "before, until the first of the departments' answers in it grows old. 0 keeps none.",
    ),
    Setting(
        "ISSUERS",
        "[]",
        'Token issuers, as JSON: [{"issuer": "...", "audience": "...", "jwks": "https://..."}]. Optional in each: '
        '"algorithms", of RS256, ES256 and EdDSA; "organisations", the only ones it may speak for. "jwks" may also be '
        "the keys themselves.",
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
    Setting("MAX_FIGURES", "250000", "Most figures, and most rows and nested places, one query may ask for."),
    Setting("MAX_VALUES", "5000000", "Most values one answer may hold, lists of unknown length taken as 32 items."),
    Setting("LEEWAY", "30", "Seconds by which an issuer's clock may be off."),
    Setting("LOG_LEVEL", "INFO", "Least severe log line to write: DEBUG, INFO, WARNING or ERROR."),
)


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who may issue tokens. `jwks`: address of its keys, or the keys themselves. `organisations`: codes of those
    it may speak for; none named, any."""

    issuer: str
    audience: str
    jwks: str | Mapping[str, Any]
    algorithms: tuple[str, ...] = ALGORITHMS
    organisations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one gateway. What may hold a password is left out when they are printed."""

    host: str
    port: int
    demo: bool
    data: Path
    database: str = field(repr=False)
    cache: str = field(repr=False)
    kept_answers: int
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
    max_values: int
    leeway: int
    log_level: str
    credentials: Mapping[str, str] = field(repr=False)


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
        port=_number("PORT", values["PORT"], least=0, most=65_535),
        demo=demo,
        data=data,
        database=values["DATABASE"] or f"sqlite:///{data / 'trust.sqlite'}",
        cache=_cache(values["CACHE"]),
        kept_answers=_number("KEPT_ANSWERS", values["KEPT_ANSWERS"], least=0),
        issuers=_issuers(values["ISSUERS"]),
        public_only=_switch("PUBLIC_ONLY", values["PUBLIC_ONLY"]),
        issuer=values["ISSUER"],
        sources=Path(values["SOURCES"] or home / "resolvers" / "sources"),
        policies=Path(values["POLICIES"] or home / "policies"),
        explorer=Path(values["EXPLORER"] or home / "explorer" / "dist"),
        departments_port=_number("DEPARTMENTS_PORT", values["DEPARTMENTS_PORT"], most=65_531),
        max_body=_number("MAX_BODY", values["MAX_BODY"]),
        max_tokens=_number("MAX_TOKENS", values["MAX_TOKENS"]),
        max_fields=_number("MAX_FIELDS", values["MAX_FIELDS"]),
        max_depth=_number("MAX_DEPTH", values["MAX_DEPTH"]),
        max_figures=_number("MAX_FIGURES", values["MAX_FIGURES"]),
        max_values=_number("MAX_VALUES", values["MAX_VALUES"]),
        leeway=_number("LEEWAY", values["LEEWAY"], least=0, most=300),
        log_level=_level(values["LOG_LEVEL"]),
        credentials={**DEMO_CREDENTIALS, **credentials} if demo else credentials,
    )


def _is_credential(name: str) -> bool:
    """Source files name the variable that holds a department's credential: it ends in _KEY, _UID or _TOKEN."""
    return name.startswith(PREFIX) and name.endswith(("_KEY", "_UID", "_TOKEN"))


def _no_strangers(given: Mapping[str, str]) -> None:
    known = [setting.name for setting in SETTINGS]
    for name in given:
        bare = name.removeprefix(PREFIX)
        if name.startswith(PREFIX) and bare not in known and not _is_credential(name):
            near = get_close_matches(bare, known, n=1)
            raise SettingsError(f"{name} is not a setting.{f' Did you mean {PREFIX}{near[0]}?' if near else ''}")


def _number(name: str, text: str, least: int = 1, most: int = 2**31) -> int:
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise SettingsError(f"{PREFIX}{name} must be a whole number from {least} to {most}, not {text!r}.")
    return int(text)


def _switch(name: str, text: str) -> bool:
    if text.lower() not in TRUE | FALSE:
        raise SettingsError(f"{PREFIX}{name} must be true or false, not {text!r}.")
    return text.lower() in TRUE


def _level(text: str) -> str:
    if text.upper() not in LEVELS:
        raise SettingsError(f"{PREFIX}LOG_LEVEL must be one of {', '.join(LEVELS)}, not {text!r}.")
    return text.upper()


def _cache(text: str) -> str:
    if not text.startswith(("memory://", "redis://")):
        kind = text.partition("://")[0]  # what follows may hold a password
        raise SettingsError(f"{PREFIX}CACHE must begin with memory:// or redis://, not {kind!r}.")
    if text.startswith("redis://") and not _is_redis(text):
        raise SettingsError(f"{PREFIX}CACHE must be redis://host:port/0: a host, a port and the number of a database.")
    return text


def _is_redis(text: str) -> bool:
    try:
        parts = urlsplit(text)
        database = parts.path.strip("/")
        return bool(parts.hostname) and parts.port != 0 and (not database or database.isdecimal())
    except ValueError:
        return False


def _issuers(text: str) -> tuple[Issuer, ...]:
    try:
        listed = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise SettingsError(f"{PREFIX}ISSUERS is not JSON: {error}.") from error
    if not isinstance(listed, list):
        raise SettingsError(f"{PREFIX}ISSUERS must be a list of issuers.")
    found = tuple(_issuer(each) for each in cast(list[object], listed))
    if len({each.issuer for each in found}) < len(found):
        raise SettingsError(f"{PREFIX}ISSUERS names the same issuer twice.")
    return found


def _issuer(told: object) -> Issuer:
    told = cast(dict[str, Any], told) if isinstance(told, dict) else {}
    required, allowed = ("issuer", "audience", "jwks"), ("algorithms", "organisations")
    wrong = [f"has no {name!r}" for name in required if not told.get(name)]
    wrong += [f"has {name!r}, which is not known" for name in told if name not in (*required, *allowed)]
    wrong += [f"has {name!r} that is not text" for name in required[:2] if not isinstance(told.get(name, ""), str)]
    if wrong:
        raise SettingsError(
            f"{PREFIX}ISSUERS: each is an object with {', '.join(required)} and, if need be, {' and '.join(allowed)}; "
            f"one {wrong[0]}."
        )
    algorithms = _listed(told, "algorithms", ALGORITHMS)
    for each in algorithms:
        if each not in ALGORITHMS:
            raise SettingsError(f"{PREFIX}ISSUERS: algorithm {each!r} is not allowed: {', '.join(ALGORITHMS)} are.")
    return Issuer(told["issuer"], told["audience"], _jwks(told["jwks"]), algorithms, _listed(told, "organisations", ()))


def _listed(told: Mapping[str, Any], name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    if name not in told:
        return default
    value = told[name]
    if not isinstance(value, list) or not value or not all(isinstance(each, str) for each in cast(list[object], value)):
        raise SettingsError(f"{PREFIX}ISSUERS: {name!r} must be a list of texts that is not empty.")
    return tuple(cast(list[str], value))


def _jwks(told: object) -> str | Mapping[str, Any]:
    """Keys, or where they are fetched from: whoever could change them on the way could be anyone."""
    if isinstance(told, dict):
        return cast(dict[str, Any], told)
    parts = urlsplit(told) if isinstance(told, str) else urlsplit("")
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")):
        return str(told)
    raise SettingsError(f"{PREFIX}ISSUERS: keys are fetched over https only, not from {told!r}.")
