"""`assay` by a clock that the harness moves: a file says how many seconds to add to the machine's time.

Everything else is the command as it is; nothing in the bot knows of the harness.
"""

import ctypes
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

from handlers import tools
from tests.faults.replicas import AHEAD

_file = Path(os.environ[AHEAD])


def now() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=float(_file.read_text()))


tools.utc_now = now  # before whoever imports it from there
from handlers.command_line import main  # noqa: E402

PR_SET_PDEATHSIG = 1  # prctl(2)

if __name__ == "__main__":
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # it does not outlive the harness, however that ends
    main()
