"""lmdt audit receipt: what a receipt proves, found out without asking anybody."""

import sys
from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import orjson

from app.commands.audit.believed import keys_of
from app.commands.audit.receipt_words import told
from app.commands.configuration import settings_of
from app.commands.exits import DONE, NO, Misused
from app.tabular.printable import printable

if TYPE_CHECKING:
    from transparency.policy import Policy
    from trust.log.receipt import Receipt


def receipt(options: Namespace) -> int:
    """Says what is proved."""
    from transparency.policy import NotTrusted
    from transparency.tree import ProofWrong
    from trust.log.receipt import read

    policy, lines = _policy(options), list[str]()
    data = _data(options.answer) if options.answer else None
    try:
        receipts = read(_bytes(options.file))
        for one in receipts:
            lines += told(one, *one.check(policy))
    except (ProofWrong, NotTrusted) as error:
        print(f"It is not proved: {printable(str(error))}.", file=sys.stderr)
        return NO
    print("\n".join(map(printable, lines)))
    return _compared(receipts, data, options.answer) if data is not None else DONE


def _compared(receipts: Iterable["Receipt"], data: bytes, answer: Path) -> int:
    """Whether these data are those that were given."""
    from trust.log.entry import Answer

    found = Answer.of(data)
    given = [(part["sha256"], one.said) for one in receipts for part in one.parts("answer")]
    if not given:
        print("What was given is not opened in this receipt: only that of who asked has it.", file=sys.stderr)
        return NO
    if any(sha256 == found.sha256.hex() and said.get("bytes") is None for sha256, said in given):
        print(f"{answer} is the answer that was given.")
        return DONE
    told = f"{answer} is not the answer that was given: its data have the SHA-256 {found.sha256.hex()}."
    print(told, file=sys.stderr)
    return NO


def _policy(options: Namespace) -> "Policy":
    """By what a checkpoint is believed. Raises Misused."""
    from transparency.note import NoteWrong
    from transparency.policy import NONE, Policy, PolicyWrong

    try:
        if not options.policy:
            return Policy(NONE, keys_of(options, settings_of()))
        return Policy.read(_bytes(options.policy).decode())
    except NoteWrong as error:
        raise Misused(f"{error}.") from error
    except (PolicyWrong, UnicodeDecodeError) as error:
        raise Misused(f"--policy {options.policy}: {error}.") from error


def _data(path: Path) -> bytes:
    """The data of an answer as they were hashed: JSON without spaces, in the order of the answer; of any other file all
    of it. Raises Misused."""
    from app.columnar.text import plain_json

    content = _bytes(path)
    try:
        answer: object = orjson.loads(content)
    except ValueError:
        return content
    if not isinstance(answer, dict) or not {"data", "errors"} & answer.keys():
        return content
    if "data" not in answer:
        raise Misused(f"--answer {path}: it is no answer with data.")
    return plain_json(cast(dict[str, Any], answer)["data"])


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Misused(f"{path}: {error.strerror}.") from error
