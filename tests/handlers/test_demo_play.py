"""How the demo begins and ends, and what a seed and mistakes change in some days of it."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from handlers.demo import show
from tests import recount

pytestmark = [pytest.mark.xdist_group("demo play"), pytest.mark.timeout(300)]

Row = dict[str, Any]


async def played(out: Path, *, seed: int, days: int, slips: float | None = None) -> list[Row]:
    """The labels of a short month; its digest lies beside them."""
    await show.script(seed=seed, out=out, say=lambda _: None, log=lambda _: None, slips=slips, days=days)
    return [json.loads(line) for line in (out / "labels.jsonl").read_text(encoding="utf-8").splitlines()]


async def test_a_seed_plays_the_same_days_again_and_another_seed_plays_others(tmp_path: Path) -> None:
    first, again, other = tmp_path / "first", tmp_path / "again", tmp_path / "other"
    labels = [await played(out, seed=seed, days=3) for out, seed in ((first, 3), (again, 3), (other, 4))]
    digests = [(out / "digest.txt").read_text(encoding="utf-8") for out in (first, again, other)]
    assert digests[0] == digests[1]
    assert labels[0] == labels[1]
    assert digests[0] != digests[2]


async def test_colleagues_who_slip_more_agree_less(tmp_path: Path) -> None:
    careful = await played(tmp_path / "careful", seed=3, days=5, slips=0.05)
    careless = await played(tmp_path / "careless", seed=3, days=5, slips=0.3)
    assert recount.alpha(verdicts(careful)) > recount.alpha(verdicts(careless)) + 0.1


def verdicts(rows: list[Row]) -> list[recount.Pair]:
    """Verdicts of drafts that two people judged."""
    by_draft: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        if row["in_slot"] and row["verdict"] != "not_judged":
            by_draft[row["draft"]].append(row["verdict"])
    return [pair for pair in by_draft.values() if len(pair) == 2]


def test_a_taken_port_is_passed_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert port < show.free_port(port) < port + show.PORTS


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_demo_that_is_stopped_keeps_nothing(tmp_path: Path, sign: signal.Signals) -> None:
    command = [str(Path(sys.executable).with_name("assay")), "demo", "--port", "0"]
    environment = os.environ | {"TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as demo:
        assert demo.stdout is not None
        assert demo.stdout.readline().startswith("Playing 28 days")
        assert demo.stdout.readline().strip() != "", "a day was played"
        assert list(tmp_path.iterdir()) != []
        demo.send_signal(sign)
        assert demo.stdout.read().endswith("Stopped. Nothing was kept.\n")
    assert demo.returncode == 0
    assert list(tmp_path.iterdir()) == []
