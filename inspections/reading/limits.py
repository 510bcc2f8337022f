"""How much one document may cost, and what people are told when it costs more."""

import contextlib
import resource
from dataclasses import dataclass

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Limits:
    """What reading one document may take before it is stopped."""

    seconds: int = 20  # on the wall, and of processor time
    megabytes: int = 300  # of memory
    most_bytes: int = 30 * MEGABYTE  # of the file

    @property
    def most_megabytes(self) -> float:
        return self.most_bytes / MEGABYTE


SAID = {
    "size": "The file is larger than {0.most_megabytes:g} MB, the most that is read.",
    "time": "Reading was stopped after {0.seconds} seconds; no report needs that long.",
    "memory": "Reading was stopped because the file needs more than {0.megabytes} MB of memory.",
    "crash": "Reading broke off: the file is damaged, or needs more than {0.megabytes} MB of memory.",
    "fault": "The file could not be read: it may be damaged. Save it again, or try it in another format.",
}


def limit_this_process(limits: Limits) -> None:
    """Set hard limits for this process and what it starts. The parent watches memory where this cannot."""
    soft = max(1, limits.seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, soft + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (50 * MEGABYTE, 50 * MEGABYTE))
    memory = limits.megabytes << 20
    with contextlib.suppress(ValueError, OSError):  # macOS has no such limit
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
