"""A long run that is ended by hand tells all that it came to, though one of its halves has ended before."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

from tests.faults.__main__ import side_by_side

HERE = "from tests.faults.test_ended_early import both; both()"
ROOT = Path(__file__).parents[2]


def says(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def ends_at_once() -> str:
    signal.signal(signal.SIGTERM, lambda *_: None)
    says("here")
    return "ended at once"


def ends_when_told() -> str:
    told = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told.set())
    says("here")
    told.wait()
    return "ended when told"


def both() -> None:
    says(str(side_by_side([ends_at_once, ends_when_told])))


def test_a_half_that_has_ended_keeps_the_other_from_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", HERE], stdout=subprocess.PIPE, text=True, cwd=ROOT) as run:
        assert run.stdout is not None
        assert [run.stdout.readline() for _ in range(2)] == ["here\n"] * 2
        run.send_signal(signal.SIGTERM)
        told, _ = run.communicate(timeout=30)
    assert (told, run.returncode) == ("['ended at once', 'ended when told']\n", 0)
