"""Fuzzes departments' replies: `python -m tests.fuzz --protocol ees --seed 1 --count 10000`."""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.conftest import sample_departments
from tests.fuzz.fuzzer import Finding, opened
from tests.fuzz.questions import QUESTIONS


async def fuzzed(protocol: str, seed: str, numbers: range) -> tuple[list[Finding], Mapping[str, int]]:
    """What is found by the mutations of these numbers, and what the figures became."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with opened(sample_departments(folder), folder, protocol, seed) as fuzzer:
            return await fuzzer.run(numbers), fuzzer.became


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--protocol", action="append", choices=list(QUESTIONS), help="only this one; can be given again")
    parser.add_argument("--seed", default="1", help="decides every mutation, with its number (default 1)")
    parser.add_argument("--count", type=int, default=10_000, help="mutations of each protocol (default 10000)")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="the mutation of this number, shown")
    arguments = parser.parse_args()
    wrong = 0
    for protocol in arguments.protocol or QUESTIONS:
        numbers = range(arguments.count) if arguments.only is None else range(arguments.only, arguments.only + 1)
        began = time.monotonic()
        found, became = asyncio.run(fuzzed(protocol, arguments.seed, numbers))
        for finding in found:
            print(f"python -m tests.fuzz --protocol {protocol} --seed {arguments.seed} --only {finding.number}")
            print(f"  {', '.join(finding.mutations)} of {finding.asked[0]} {finding.asked[1][:160]}")
            for fault in finding.faults[:3]:
                print(f"  {fault}")
            if arguments.only is not None:
                print(f"  {finding.reply.status} {dict(finding.reply.headers)}\n  {finding.reply.content[:4000]!r}")
        wrong += len(found)
        told = ", ".join(f"{count} {word}" for word, count in sorted(became.items()))
        print(f"{protocol}: {told}")
        print(f"{protocol}: {len(numbers)} mutations, {len(found)} wrong, in {time.monotonic() - began:.0f} s", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
