"""What lies in a process' sockets that it has not read, as Linux tells it."""

from pathlib import Path

ESTABLISHED = ("01", "08")  # 08: the other side has closed, what it said is still there


def unread(process: int, port: int) -> bool:
    """Whether something that came from this port of the machine lies unread in a connection of the process."""
    own = _sockets_of(process)
    for line in Path(f"/proc/{process}/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        remote, state, waiting, inode = fields[2], fields[3], fields[4], fields[9]
        if inode in own and state in ESTABLISHED and _second(remote) == port and _second(waiting) > 0:
            return True
    return False


def holds(process: int, port: int) -> bool:
    """Whether a connection from this port of the machine is the process' own."""
    own = _sockets_of(process)
    lines = Path(f"/proc/{process}/net/tcp").read_text().splitlines()[1:]
    return any(_second(line.split()[1]) == port and line.split()[9] in own for line in lines)


def _second(pair: str) -> int:
    """Of two hexadecimal numbers with a colon between."""
    return int(pair.split(":")[1], 16)


def _sockets_of(process: int) -> set[str]:
    found = set()
    for each in Path(f"/proc/{process}/fd").iterdir():
        try:
            target = str(each.readlink())
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            found.add(target.removeprefix("socket:[").removesuffix("]"))
    return found
