"""Fuzzes departments' replies: `python -m tests.fuzz --protocol ees --seed 1 --count 10000`."""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.conftest import sample_departments
from tests.fuzz.fuzzer import opened
from tests.fuzz.questions import QUESTIONS


async def fuzzed(protocol: str, seed: str, numbers: range, shown: bool) -> int:
    """Tells what is found by the mutations of these numbers, as it is found, and how many. `shown`: with the reply."""
    began, count = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with opened(sample_departments(folder), folder, protocol, seed) as fuzzer:
            async for finding in fuzzer.run(numbers):
                count += 1
                print(f"python -m tests.fuzz --protocol {protocol} --seed {seed} --only {finding.number}")
                print(f"  {', '.join(finding.mutations)} of {finding.asked[0]} {finding.asked[1][:160]}")
                print(*(f"  {fault}" for fault in finding.faults[:3]), sep="\n", flush=True)
                if shown:
                    print(f"  {finding.reply.status} {dict(finding.reply.headers)}\n  {finding.reply.content[:4000]!r}")
            told = ", ".join(f"{count} {word}" for word, count in sorted(fuzzer.became.items()))
    print(f"{protocol}: {len(numbers)} mutations, {count} answered wrongly, in {time.monotonic() - began:.0f} s")
    print(f"{protocol}: what the department's figures became: {told}", flush=True)
    return count


def main() -> int:
    """Fuzzes as the command line says. 1: something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--protocol", action="append", choices=list(QUESTIONS), help="only this; can be given again")
    parser.add_argument("--seed", default="1", help="decides every mutation, with its number (default 1)")
    parser.add_argument("--count", type=int, default=10_000, help="mutations of each protocol (default 10000)")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="the mutation of this number, shown")
    arguments = parser.parse_args()
    only = arguments.only
    numbers = range(arguments.count) if only is None else range(only, only + 1)
    protocols = arguments.protocol or list(QUESTIONS)
    found = [asyncio.run(fuzzed(protocol, arguments.seed, numbers, only is not None)) for protocol in protocols]
    return 1 if any(found) else 0


if __name__ == "__main__":
    sys.exit(main())
