"""`assay` by clocks that the harness moves: a file says how many seconds to add to the machine's.

The second number is by how much this machine's own clock is wrong; the one that nobody sets does not follow it.
Everything else is the command as it is, but for what is planted on purpose; nothing in the bot knows of the harness.
"""

import ctypes
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import slack_time
from handlers import wall_clock
from tests.faults.clock import read
from tests.faults.replicas import AHEAD

_file = Path(os.environ[AHEAD])
_steady = slack_time.steady


def now() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=sum(read(_file)))


def steady() -> float:
    return _steady() + read(_file)[0]


wall_clock.utc_now, slack_time.steady = now, steady  # before whoever imports them from there
from handlers.command_line import main  # noqa: E402
from tests.faults import plants  # noqa: E402

PR_SET_PDEATHSIG = 1  # prctl(2)

if __name__ == "__main__":
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # it does not outlive the harness, however that ends
    plants.plant()
    main()
