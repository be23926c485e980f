"""A file of an answer, taken from a running gateway as it is made."""

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx

from app import told_headers
from app.commands.asking import PATIENCE, Address, is_graphql, is_loopback, json_of, reached, refused
from app.commands.exits import Misused, Refused
from app.commands.output import write_out
from app.receipts import HEADER


@dataclass(frozen=True, slots=True)
class FileTaken:
    """A file on its way: its bytes, what is told beside it, and the path of its receipt."""

    pieces: Iterator[bytes]
    told: told_headers.Told
    receipt: str


@dataclass(frozen=True, slots=True)
class FileRefused:
    """Why there is no file."""

    errors: list[dict[str, Any]]


@contextmanager
def ask_for_file(
    address: Address, headers: dict[str, str], body: dict[str, Any], form: str, chosen: str | None
) -> Generator[FileTaken | FileRefused]:
    """The file that answers a GraphQL request. Raises Refused where there is none, or where it is broken off."""
    url = httpx.URL(address.url).copy_merge_params({"format": form, **({"list": chosen} if chosen else {})})
    trust_env = not is_loopback(url)
    with reached(address), httpx.Client(timeout=PATIENCE, trust_env=trust_env) as client:
        with client.stream("POST", url, json=body, headers=headers) as reply:
            if reply.status_code == 200 and "Content-Disposition" in reply.headers:
                yield FileTaken(_whole(reply), told_headers.read(reply.headers), reply.headers.get(HEADER, ""))
                return
            reply.read()
        answer = json_of(reply)
        if not is_graphql(answer):
            raise refused(address, reply, answer)
        if reply.status_code == 200:
            raise Refused(f"the gateway at {address.url} answers with JSON: it is of a version that makes no files.")
        yield FileRefused(cast("dict[str, Any]", answer).get("errors") or [])


def _whole(reply: httpx.Response) -> Iterator[bytes]:
    """The bytes of a file. Raises Refused where it ends before its end."""
    try:
        yield from reply.iter_bytes()
    except httpx.RemoteProtocolError as error:
        raise Refused(
            "the gateway broke the file off: an agreement that it rests on ended, or could not be confirmed. Ask again."
        ) from error


def write_pieces(pieces: Iterator[bytes], output: str | None) -> None:
    """Writes a file as it comes: one that is broken off is not left behind. Raises Misused where it cannot be."""
    if output is None:
        for piece in pieces:
            write_out(piece)
        return
    path = Path(output).resolve()
    # A pipe or a device is written to as it is.
    whole = path.is_file() or not path.exists()
    part = path.with_name(f".{path.name}.{os.getpid()}.part") if whole else path
    try:
        with part.open("wb") as file:
            for piece in pieces:
                file.write(piece)
        if whole:
            part.replace(path)
    except OSError as error:
        raise Misused(f"--output {output}: {error.strerror}.") from error
    finally:
        if whole:
            with suppress(OSError):
                part.unlink(missing_ok=True)
