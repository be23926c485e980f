"""Every setting once: name, default, help. The only reader of the environment."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self, cast
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, PrivateAttr, model_validator

from app import setting_kinds as kinds
from reference.strict_file import FileError, Invalid, Section, Some, Tables, Text, among, check, one_of

PREFIX = "LMDT_"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
ALGORITHMS = ("RS256", "ES256", "EdDSA")
# Credentials of the sample departments, used in the demonstration and nowhere else.
DEMO_CREDENTIALS = {"LMDT_DWP_KEY": "demo-dwp-key"}


class SettingsError(FileError):
    """A setting that cannot be used: names it, and what is allowed."""


def _jwks(written: object) -> object:
    """Keys, or where they are fetched from: whoever could change them on the way could be anyone."""
    parts = urlsplit(written) if isinstance(written, str) else None
    secure = parts and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))
    if isinstance(written, Mapping) or secure:
        return cast(object, written)
    raise Invalid(f"must be the keys, or an address: keys are fetched over https only, not from {written!r}.")


class Issuer(Section):
    """Who may issue tokens. `jwks`: address of its keys, or the keys themselves. `organisations`: codes of those
    it may speak for, and of no others. `client_id`: as whom the workbench signs people in there, by OpenID Connect;
    `scope`: what it asks for then."""

    issuer: Text
    audience: Text
    jwks: Annotated[str | Mapping[str, Any], BeforeValidator(_jwks)]
    organisations: Some[Text]
    algorithms: Some[Annotated[str, among(*ALGORITHMS)]] = ALGORITHMS
    client_id: Text | None = None
    scope: Text = "openid"

    @model_validator(mode="after")
    def _safe_to_sign_in(self) -> Self:
        """People are sent to sign in over https, or on this machine."""
        if self.client_id:
            parts = urlsplit(self.issuer)
            if not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
                raise Invalid(f"({self.issuer}) must be an address of https, for people to sign in there.", "issuer")
        return self


def _each_issuer_once(issuers: tuple[Issuer, ...]) -> tuple[Issuer, ...]:
    if len({issuer.issuer for issuer in issuers}) < len(issuers):
        raise Invalid("names the same issuer twice.")
    return issuers


def _setting(default: str, help: str, *, secret: bool = False) -> Any:
    """A setting: its default as it would be written, and a sentence of help."""
    return Field(default=default, description=help, validate_default=True, repr=not secret)


Count = Annotated[int, kinds.whole()]
Switch = Annotated[bool, BeforeValidator(kinds.switch)]


class Settings(Section):
    """The settings of one gateway. What may hold a password is left out when they are printed."""

    model_config = ConfigDict(alias_generator=lambda name: PREFIX + name.upper())

    host: Text = _setting("127.0.0.1", "Address the gateway listens on.")
    port: Annotated[int, kinds.whole(0, 65_535)] = _setting("8000", "Port the gateway listens on.")
    demo: Switch = _setting("false", "Run the demonstration's own issuer of tokens. Never where real data is.")
    data: Annotated[Path, Field(strict=False)] = _setting(
        ".data",
        "Folder for what the Trust itself keeps: its database, its signing key, and the key by which people are told.",
    )
    database: Annotated[str, AfterValidator(kinds.database)] = _setting(
        "", "SQLAlchemy URL of the Trust's records. Default: SQLite in the data folder.", secret=True
    )
    cache: Annotated[str, AfterValidator(kinds.cache)] = _setting(
        "memory://",
        "Where departments' answers are kept, and quotas counted: memory://, redis://user:password@host:port/0, or "
        "rediss:// for the same over TLS.",
        secret=True,
    )
    memory: Count = _setting(
        "256",
        "Megabytes of all that one worker keeps: about half for departments' answers, a third for plans and finished "
        "answers, the rest for documents and persisted queries. What is unused for longest is let go first.",
    )
    kept_answers: Switch = _setting(
        "true",
        "Keep finished answers, for the same query of a caller whom no policy can tell from the one before, until the "
        "first of the departments' answers in it grows old.",
    )
    issuers: Annotated[Tables[Issuer], BeforeValidator(kinds.from_json), AfterValidator(_each_issuer_once)] = _setting(
        "[]",
        'Token issuers, as JSON: [{"issuer": "...", "audience": "...", "jwks": "https://...", "organisations": '
        '["..."]}]. "organisations" are the only ones it may speak for; "jwks" may also be the keys themselves. '
        'Optional: "algorithms", of RS256, ES256 and EdDSA; "client_id", as whom the workbench signs people in there '
        'by OpenID Connect (code with PKCE, no secret), and "scope", which is "openid" otherwise.',
    )
    public_only: Switch = _setting("false", "Start without any issuer: every caller is the public.")
    issuer: Text = _setting(
        "https://trust.example/lmdt", "The Trust's own name in the statements it signs for departments."
    )
    contact: Text = _setting(
        "data@trust.example", "Who answers questions about what is shared: an e-mail address, which /catalogue tells."
    )
    witnesses: Annotated[Path | None, BeforeValidator(lambda text: Path(text) if text else None)] = _setting(
        "",
        "File of who witnesses the transparency log and how many of them are needed, as C2SP's tlog-policy has it. "
        "/checkpoint is then the newest that they have cosigned. Default: nobody is asked. See docs/audit.md.",
    )
    sources: Annotated[Path, kinds.folder("resolvers", "sources")] = _setting(
        "", "Folder of source files. Default: those that come with the gateway."
    )
    policies: Annotated[Path, kinds.folder("policies")] = _setting(
        "", "Folder of policies and agreements. Default: those that come with the gateway."
    )
    explorer: Annotated[Path, kinds.folder("app", "workbench")] = _setting(
        "", "Folder of the built workbench. Default: the one that comes with the gateway, where it was built."
    )
    departments_port: Annotated[int, kinds.whole(1, 65_531)] = _setting(
        "8101", "In the demonstration: first port of the sample departments."
    )
    max_body: Count = _setting("262144", "Largest request, in bytes.")
    body_seconds: Count = _setting("10", "Most seconds in which the body of a request must come.")
    max_head: Count = _setting("65536", "Largest line and headers of a request, in bytes.")
    head_seconds: Count = _setting("10", "Most seconds in which the line and the headers of a request must come.")
    write_seconds: Count = _setting("60", "Most seconds for which an answer waits for a caller who does not read it.")
    max_connections: Count = _setting("4096", "Most connections of one worker. Requests beyond are answered with 503.")
    shutdown_seconds: Count = _setting(
        "30", "Most seconds in which what is being answered is finished, when the gateway is told to end."
    )
    max_tokens: Count = _setting("5000", "Most tokens in a query.")
    max_fields: Count = _setting("2000", "Most fields a query may select once its fragments are written out.")
    max_depth: Count = _setting("16", "Deepest nesting of a query.")
    max_figures: Count = _setting("250000", "Most figures, and most rows and nested places, one query may ask for.")
    max_file_figures: Count = _setting(
        "2000000",
        "Most figures, and most rows and nested places, of a file (csv, xlsx, parquet and others), which is made as it "
        "is sent. It may hold as many times more values and megabytes. Below LMDT_MAX_FIGURES, that holds.",
    )
    max_values: Count = _setting(
        "5000000", "Most values one answer may hold, lists of unknown length taken as 32 items."
    )
    operation_seconds: Count = _setting(
        "60", "Most seconds that one query waits for all its departments together; those that are late are UNAVAILABLE."
    )
    max_resolved: Count = _setting(
        "24000",
        "Most values of an answer outside of columns of figures, where each takes long: the catalogue, introspection, "
        "what a caller may read.",
    )
    max_answer: Count = _setting("64", "Megabytes of JSON that one answer may take, worked out before it is made.")
    persisted_queries: Switch = _setting(
        "true",
        "Keep queries by their hash, for clients that send automatic persisted queries. Otherwise they are told "
        "PERSISTED_QUERY_NOT_SUPPORTED, and send the query itself.",
    )
    trusted_documents: Annotated[Path | None, BeforeValidator(lambda text: Path(text) if text else None)] = _setting(
        "",
        "Manifest of trusted documents, as lmdt trusted-documents and Apollo's and Relay's tools write it, or a folder "
        "of them (*.json). They are read at the start, 2 MB at most, and answered by their id.",
    )
    trusted_only: Annotated[frozenset[str], BeforeValidator(kinds.callers)] = _setting(
        "",
        "Who may send trusted documents and nothing else, with commas: everyone, public (all without a token), org "
        "CODE, client NAME or sub NAME. Default: nobody.",
    )
    public_max_age: Annotated[int, kinds.whole(0, 86_400)] = _setting(
        "60",
        "Most seconds for which anybody may keep what is open to all: answers to a GET without a token, the schema, "
        "the keys. 0: they are checked with the gateway each time.",
    )
    quota_address: Annotated[int, kinds.whole(0)] = _setting(
        "6000",
        "Units that the public may use in a minute from one address: one for each request, and one for each thousand "
        "values that its answer may hold. 0: as many as they like.",
    )
    quota_subject: Annotated[int, kinds.whole(0)] = _setting(
        "30000", "Units that one subject of tokens may use in a minute."
    )
    quota_organisation: Annotated[int, kinds.whole(0)] = _setting(
        "300000", "Units that all the subjects of one organisation may use in a minute."
    )
    cors_origins: Annotated[tuple[str, ...], BeforeValidator(kinds.origins)] = _setting(
        "",
        "Origins whose pages may read answers in a browser, with commas: https://analysis.example, "
        "http://localhost:5173. * is any. Default: none. Cookies are never used.",
    )
    trusted_proxies: Annotated[tuple[str, ...], BeforeValidator(kinds.networks)] = _setting(
        "",
        "Addresses or networks of proxies in front of the gateway, with commas: the address that they say a request "
        "came from, in X-Forwarded-For, is believed. Without them all that comes through a proxy shares one quota.",
    )
    token_lifetime: Count = _setting("86400", "Most seconds until a token expires. One that lasts longer is refused.")
    kept_days: Annotated[int, kinds.whole(1, 100_000)] = _setting(
        "400", "Days after which lmdt audit expire lets operations go, where it is not told otherwise."
    )
    denied: Annotated[Path | None, BeforeValidator(lambda text: Path(text) if text else None)] = _setting(
        "",
        "File of who is turned away although their token is good, one on each line: sub SUBJECT, client CLIENT or "
        "jti TOKEN. It is read again within a second of a change.",
    )
    leeway: Annotated[int, kinds.whole(0, 300)] = _setting("30", "Seconds by which an issuer's clock may be off.")
    metrics: Switch = _setting(
        "false",
        "Answer /metrics for Prometheus. With several workers, PROMETHEUS_MULTIPROC_DIR names an empty folder in which "
        "they count together.",
    )
    traces: Switch = _setting(
        "false",
        "Send traces by OTLP over HTTP, to where OTEL_EXPORTER_OTLP_ENDPOINT says. It and the other OTEL_ variables "
        "are those of every OpenTelemetry SDK: see docs/traces.md.",
    )
    probe_seconds: Count = _setting(
        "15", "Seconds between two looks at whether each department is there, for /readyz. Nothing is asked of them."
    )
    access_log: Switch = _setting(
        "false", "Write a log line for each response: address, method, path, status and time, without the query string."
    )
    log_level: Annotated[
        str, BeforeValidator(lambda text: one_of(text.upper(), ("DEBUG", "INFO", "WARNING", "ERROR")))
    ] = _setting("INFO", "Least severe log line to write: DEBUG, INFO, WARNING or ERROR.")
    _credentials: Mapping[str, str] = PrivateAttr(default={})

    def model_post_init(self, context: Mapping[str, str] | None) -> None:
        self._credentials = {**(DEMO_CREDENTIALS if self.demo else {}), **(context or {})}

    @property
    def credentials(self) -> Mapping[str, str]:
        """Credentials of departments, by the names of the variables that hold them."""
        return self._credentials


class Setting(NamedTuple):
    """One setting as the documents have it: its name after the prefix, its default as text, and a sentence of help."""

    name: str
    default: str
    help: str


SETTINGS = tuple(
    Setting(name.upper(), field.default, field.description or "") for name, field in Settings.model_fields.items()
)


def read(environment: Mapping[str, str] | None = None, /, **given_here: str) -> Settings:
    """The settings of an environment (this process's, unless one is given), with some given here by their names
    without the prefix. Raises SettingsError."""
    given = dict(os.environ if environment is None else environment)
    given |= {PREFIX + name: text for name, text in given_here.items()}
    ours = {name: text for name, text in given.items() if name.startswith(PREFIX)}
    credentials = {name: text for name, text in ours.items() if _is_credential(name)}
    settings = {name: text for name, text in ours.items() if name not in credentials}
    return check(settings, Settings, SettingsError, context=credentials)


def _is_credential(name: str) -> bool:
    """Source files name the variable that holds a department's credential: it ends in _KEY, _UID or _TOKEN."""
    return name.endswith(("_KEY", "_UID", "_TOKEN"))
