"""lmdt query: asks a running gateway, and writes its answer down."""

import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import orjson

from app.commands.asking import Address, ask
from app.commands.configuration import key_of, persona_of, settings_of
from app.commands.exits import DONE, NO, Misused
from app.commands.messages import tell
from app.commands.output import write_out
from app.commands.request import text_of, variables_of
from app.issuer import mint
from app.tabular.formats import FORMATS
from app.tabular.markers import marked
from app.tabular.tables import Table, tables

# Codes of a request that was refused for its text, before anybody was asked.
_REFUSED = frozenset({"GRAPHQL_VALIDATION_FAILED", "QUERY_TOO_COSTLY"})


def query(options: Namespace) -> int:
    """Exit code 0 for a whole answer; 1 for one with errors, unless it has data and --allow-partial is given."""
    folder = _folder(options)
    address, headers = _address(options), _headers(options)
    body: dict[str, Any] = {
        "query": text_of(options.file),
        "variables": variables_of(options),
        "operationName": options.operation,
    }
    is_json = options.format == "json"
    if not is_json and not folder and not options.output and FORMATS[options.format].binary and sys.stdout.isatty():
        raise Misused(f"{options.format} is not for a terminal: give --output FILE.")
    answer, asked, private = _unchanged(address, headers, body) if is_json else _with_markers(address, headers, body)
    errors = answer.get("errors") or ()
    extensions: dict[str, Any] = answer.get("extensions") or {}
    tell(errors, extensions.get("warnings") or ())
    has_data = answer.get("data") is not None
    if is_json:
        _write(orjson.dumps(answer, option=orjson.OPT_INDENT_2) + b"\n", options.output)
    elif has_data:
        _write_tables(tables(asked, options.operation, answer, private), options, folder)
    return DONE if has_data and (not errors or options.allow_partial) else NO


# An answer, the query that it answers, and the alias of the markers that were added to that.
_Answered = tuple[dict[str, Any], str, str]


def _unchanged(address: Address, headers: dict[str, str], body: dict[str, Any]) -> _Answered:
    return ask(address, headers, body), body["query"], ""


def _with_markers(address: Address, headers: dict[str, str], body: dict[str, Any]) -> _Answered:
    """Asks for the markers of every figure too: an absent value must say why."""
    sent = marked(body["query"])
    if not sent.insertions:
        return _unchanged(address, headers, body)
    answer = ask(address, headers, {**body, "query": sent.text})
    errors = answer.get("errors") or ()
    if any((error.get("extensions") or {}).get("code") in _REFUSED for error in errors):
        return _unchanged(address, headers, body)
    for error in errors:
        for place in error.get("locations") or ():
            place["column"] = sent.column(place["line"], place["column"])
    return answer, sent.text, sent.alias


def _folder(options: Namespace) -> bool:
    """Whether the output is a folder, for a file a list. Raises Misused where it can be neither file nor folder."""
    if options.list and options.format == "json":
        raise Misused("--list is for csv, table, arrow and parquet: json holds the whole answer.")
    output: str | None = options.output
    if output is None:
        return False
    path = Path(output)
    folder = path.is_dir() or output.endswith("/")
    if folder and path.exists() and not path.is_dir():
        raise Misused(f"--output {output} is a file, not a folder.")
    if folder and options.format == "json":
        raise Misused(f"--output {output} is a folder: json is one file, name it.")
    if not path.exists() and not path.absolute().parent.is_dir():
        raise Misused(f"--output {output}: there is no folder {path.parent}. Make it first.")
    return folder


def _address(options: Namespace) -> Address:
    if options.url:
        return Address.read(options.url)
    settings = settings_of(DEMO="true")
    return Address(f"http://{settings.host}:{settings.port}/graphql", given=False)


def _headers(options: Namespace) -> dict[str, str]:
    headers = {"Purpose": options.purpose} if options.purpose else {}
    if options.token_file:
        if options.persona:
            raise Misused("--as and --token-file both say who asks: give one of them.")
        token = text_of(options.token_file).strip()
        if not token or not token.isascii() or len(token.split()) != 1:
            raise Misused(f"{options.token_file} does not hold a token, alone on a line.")
        headers["Authorization"] = f"Bearer {token}"
    else:
        persona = persona_of(options.persona or "public")
        if persona.organisation is not None and (
            token := mint(key_of(settings_of(DEMO="true"), "demonstration"), persona)
        ):
            headers["Authorization"] = f"Bearer {token}"
    if not all(value.isascii() and value.isprintable() for value in headers.values()):
        raise Misused(f"--purpose {options.purpose!r} is no purpose: purposes are words like skills-planning.")
    return headers


def _write_tables(found: list[Table], options: Namespace, folder: bool) -> None:
    """Raises Misused where it is open which list is meant, or there is none."""
    form = FORMATS[options.format]
    shown = [table for table in found if not table.repeated]
    if not found:
        raise Misused(f"the answer has no list of rows: {options.format} cannot show it, json can.")
    if options.list:
        shown = [table for table in found if table.name == options.list]
        if not shown:
            names = ", ".join(table.name for table in found)
            raise Misused(f"the answer has no list {options.list!r}: it has {names}.")
    if folder:
        _make_folder(Path(options.output))
        for table in shown:
            _write(form.write(table), str(Path(options.output) / f"{table.name}.{form.suffix}"))
        return
    if len(shown) > 1:
        names = ", ".join(f"{table.name} ({table.rows} rows)" for table in shown)
        raise Misused(
            f"the answer has {len(shown)} lists: {names}. {options.format} holds one: choose it with --list NAME, "
            "or give --output FOLDER/ for a file of each."
        )
    _write(form.write(shown[0]), options.output)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise Misused(f"--output {folder}: {error.strerror}.") from error


def _write(content: bytes, output: str | None) -> None:
    if output is None:
        write_out(content)
        return
    try:
        Path(output).write_bytes(content)
    except OSError as error:
        raise Misused(f"--output {output}: {error.strerror}.") from error
