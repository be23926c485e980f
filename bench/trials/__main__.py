"""Tries what the gateway may meet and must bear, with real processes on this machine alone; the exit code says whether
it did."""

import argparse
import random
import resource
import signal
import sys
import tempfile
from pathlib import Path

from bench.forms import Bench
from bench.pace import Pace
from bench.processes import free_ports
from bench.trials import clients, durability, kills, nodes, offered, revocations, soak
from bench.trials.verdict import Verdict

TRIALS = {
    "clients": (clients, clients.run),
    "durability": (durability, durability.run),
    "kills": (kills, kills.run),
    "nodes": (nodes, nodes.run),
    "offered": (offered, offered.run),
    "revocations": (revocations, revocations.run),
    "soak": (soak, soak.run),
    "soak-demonstration": (soak, soak.over_the_demonstration),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.trials", description=__doc__)
    parser.add_argument("trial", choices=TRIALS)
    lasting = ", ".join(f"{name} {trial.SECONDS}" for name, (trial, _) in TRIALS.items())
    parser.add_argument("--seconds", type=float, help=f"of load, starting and ending apart (default: {lasting})")
    parser.add_argument("--seed", type=int, default=14, help="of all that is drawn at random (default 14)")
    arguments = parser.parse_args()
    trial, run = TRIALS[arguments.trial]
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    # By itself SIGTERM would end this process at once and leave those that it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    verdict = Verdict(arguments.trial)
    verdict.tell(f"{trial.__doc__ or ''} Seed {arguments.seed}.".replace("\n", " "))
    seconds = arguments.seconds or trial.SECONDS
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), free_ports(18), Pace(seconds, seconds, 1))
        run(bench, seconds, random.Random(arguments.seed), verdict)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
