"""What the operator types on the server: the command line, as a process of its own."""

import os
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from collections.abc import Mapping
from pathlib import Path

COMMAND = Path(sys.executable).with_name("assay")


async def assay(settings: Mapping[str, str], *words: str) -> str:
    """What the command says."""
    process = await create_subprocess_exec(COMMAND, *words, env={**os.environ, **settings}, stdout=PIPE)
    said, _ = await process.communicate()
    assert process.returncode == 0, said
    return said.decode().strip()
