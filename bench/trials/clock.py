"""A clock that can be set for one process alone, by a preloaded library."""

import shutil
import struct
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bench.trials.verdict import NotTried

SOURCE = Path(__file__).with_name("clock.c")


@dataclass(frozen=True)
class Clock:
    """The library, and the file it reads how many seconds to add."""

    library: Path
    ahead: Path

    @classmethod
    def made(cls, folder: Path) -> Self:
        """Compiled into a folder. Raises NotTried where there is no compiler."""
        compiler = shutil.which("cc")
        if compiler is None:
            raise NotTried("there is no cc to compile the clock with")
        clock = cls(folder / "clock.so", folder / "ahead")
        clock.set(0)
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", clock.library, SOURCE], check=True)
        return clock

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables of a process that goes by it."""
        return {"LD_PRELOAD": str(self.library), "TRIAL_CLOCK": str(self.ahead)}

    def set(self, seconds: int) -> None:
        """Sets it so many seconds ahead, for processes that run already too."""
        with self.ahead.open("r+b" if self.ahead.exists() else "wb") as file:
            file.write(struct.pack("l", seconds))
