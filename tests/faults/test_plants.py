"""What is planted takes: a plant of something that the product has no more would show nothing."""

import subprocess
import sys

PLANTS_ALL = "from tests.faults.plants import PLANTS; [plant() for plant in PLANTS.values()]; print(len(PLANTS))"


def test_every_plant_can_be_planted() -> None:
    """In a process of its own, which is wrong from then on."""
    planted = subprocess.run([sys.executable, "-c", PLANTS_ALL], capture_output=True, text=True, check=False)
    assert (planted.stdout, planted.stderr) == ("5\n", "")
