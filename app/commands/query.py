"""lmdt query: asks a running gateway, and writes its answer down."""

import sys
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from app.commands.asking import Address, ask, receipt_at, receipt_of
from app.commands.caller import address_of, headers_of
from app.commands.exits import DONE, NO, Misused
from app.commands.files import FileRefused, ask_for_file, write_pieces
from app.commands.messages import print_messages
from app.commands.output import is_folder, make_folder, write
from app.commands.request import text_of, variables_of
from app.render.about import About, note_of
from app.render.formats import FORMATS, TERMINAL, Format
from app.render.table import of_rows
from app.tabular.markers import marked
from app.tabular.tables import OutputTable, tables

# The forms that are made here of each list, where a folder is to hold them.
_IN_FOLDERS = frozenset({"csv", "arrow", "parquet", TERMINAL.name})
_FORMATS = {**FORMATS, TERMINAL.name: TERMINAL}
# Codes of a request that was refused for its text, before any department was asked.
_REFUSED = frozenset({"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "QUERY_TOO_COSTLY"})


def query(options: Namespace) -> int:
    """Exit code 0 for a whole answer; 1 for one with errors, unless it has data and --allow-partial is given."""
    _check(options)
    address, headers = address_of(options), headers_of(options)
    body: dict[str, Any] = {
        "query": text_of(options.file),
        "variables": variables_of(options),
        "operationName": options.operation,
    }
    is_json = options.format == "json"
    if _is_made_there(options):
        return _taken(options, address, headers, body)
    exchange = _as_written(address, headers, body) if is_json else _with_markers(address, headers, body)
    answer = exchange.answer
    if options.receipt:
        write(receipt_of(address, headers, answer), options.receipt, "--receipt")
    errors = answer.get("errors") or ()
    extensions: dict[str, Any] = answer.get("extensions") or {}
    print_messages(errors, extensions.get("warnings") or ())
    has_data = answer.get("data") is not None
    if is_json:
        write(orjson.dumps(answer, option=orjson.OPT_INDENT_2) + b"\n", options.output)
    elif has_data:
        _write_tables(tables(exchange.query, options.operation, answer, exchange.alias), options, _about(body, answer))
    return DONE if has_data and (not errors or options.allow_partial) else NO


def _is_made_there(options: Namespace) -> bool:
    """Whether the gateway makes the file: one file of one format."""
    in_folder = options.output is not None and is_folder(options.output)
    return options.format in FORMATS and not in_folder


def _taken(options: Namespace, address: Address, headers: dict[str, str], body: dict[str, Any]) -> int:
    """Takes a file as it comes."""
    form = FORMATS[options.format]
    with ask_for_file(address, headers, body, form.name, options.list) as reply:
        if isinstance(reply, FileRefused):
            if message := _misused(reply):
                raise Misused(message)
            print_messages(reply.errors)
            return NO
        write_pieces(reply.pieces, options.output)
    print_messages(*reply.told)
    if options.receipt:
        write(receipt_at(address, headers, reply.receipt), options.receipt, "--receipt")
    return DONE if not reply.told.errors or options.allow_partial else NO


def _misused(reply: FileRefused) -> str | None:
    """What is wrong with the format, or with the list that is to be in the file, if anything is."""
    for error in reply.errors:
        extensions: dict[str, Any] = error.get("extensions") or {}
        if extensions.get("argument") in ("format", "list"):
            message = str(error.get("message", "")).replace("list=NAME", "--list NAME")
            return message[:1].lower() + message[1:]
    return None


def _check(options: Namespace) -> None:
    """Raises Misused where the answer could not be written as the options say."""
    folder = options.output is not None and is_folder(options.output)
    if options.format == "json":
        if options.list:
            raise Misused("--list is for files of one list: json holds the whole answer.")
        if folder:
            raise Misused(f"--output {options.output} is a folder: json is one file, name it.")
    elif folder and options.format not in _IN_FOLDERS:
        raise Misused(f"--output {options.output} is a folder: {options.format} is one file, name it.")
    elif options.output is None and _FORMATS[options.format].binary and sys.stdout.isatty():
        raise Misused(f"{options.format} is not for a terminal: give --output FILE.")


@dataclass(frozen=True, slots=True)
class _Exchange:
    """An answer, the query that it answers, and the alias of the markers that were added to that."""

    answer: dict[str, Any]
    query: str
    alias: str = ""


def _as_written(address: Address, headers: dict[str, str], body: dict[str, Any]) -> _Exchange:
    return _Exchange(ask(address, headers, body), body["query"])


def _with_markers(address: Address, headers: dict[str, str], body: dict[str, Any]) -> _Exchange:
    """Asks for the markers of every figure too: an absent value must say why."""
    sent = marked(body["query"])
    if not sent.insertions:
        return _as_written(address, headers, body)
    answer = ask(address, headers, {**body, "query": sent.text})
    errors = answer.get("errors") or ()
    if any((error.get("extensions") or {}).get("code") in _REFUSED for error in errors):
        return _as_written(address, headers, body)
    for error in errors:
        for location in error.get("locations") or ():
            location["column"] = sent.column(location["line"], location["column"])
    return _Exchange(answer, sent.text, sent.alias)


def _write_tables(lists: list[OutputTable], options: Namespace, about: About) -> None:
    """Raises Misused where it is open which list is meant, or there is none."""
    form = _FORMATS[options.format]
    chosen = [table for table in lists if not table.repeated]
    if not lists:
        raise Misused(f"the answer has no list of rows: {options.format} cannot show it, json can.")
    if options.list:
        chosen = [table for table in lists if table.name == options.list]
        if not chosen:
            names = ", ".join(table.name for table in lists)
            raise Misused(f"the answer has no list {options.list!r}: it has {names}.")
    if options.output is not None and is_folder(options.output):
        make_folder(options.output)
        for table in chosen:
            write(_file(form, table, about), str(Path(options.output) / f"{table.name}.{form.extension}"))
        return
    if len(chosen) > 1:
        names = ", ".join(f"{table.name} ({table.rows} rows)" for table in chosen)
        raise Misused(
            f"the answer has {len(chosen)} lists: {names}. {options.format} holds one: choose it with --list NAME, "
            "or give --output FOLDER/ for a file of each."
        )
    write(_file(form, chosen[0], about), options.output)


def _file(form: Format, table: OutputTable, about: About) -> bytes:
    said = replace(about, file=f"{table.name}.{form.extension}", title=table.name, list=table.name)
    return b"".join(form.chunks([of_rows(table)], said))


def _about(body: Mapping[str, Any], answer: Mapping[str, Any]) -> About:
    """What is known here of the terms: the query, what is wrong, and the receipt."""
    extensions: dict[str, Any] = answer.get("extensions") or {}
    receipt: dict[str, Any] = extensions.get("receipt") or {}
    return About(
        file="",
        title="",
        contents="",
        answered_at=datetime.now(UTC),
        organisation=None,
        purpose=None,
        receipt=receipt.get("path", ""),
        log=receipt.get("log", ""),
        query=body["query"],
        operation=body["operationName"],
        variables=body["variables"],
        measures=(),
        notes=[note_of(error) for error in answer.get("errors") or ()],
        markers={},
    )
