"""Files that the app uploads: asked for, sent, completed, and some time later fit for messages."""

from dataclasses import dataclass, field

from sandbox.clock import Clock
from sandbox.numbers import Numbers

PROCESSING = 1.0  # seconds of the clock between a completed upload and a file that messages may hold
PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}


@dataclass(slots=True)
class File:
    """`ready_at`: None until the upload is completed."""

    id: str
    token: str
    name: str
    size: int
    title: str = ""
    data: bytes = b""
    ready_at: float | None = None

    @property
    def mime(self) -> str | None:
        """Of a picture that Slack shows; None for anything else."""
        return next((kind for start, kind in PICTURES.items() if self.data.startswith(start)), None)


@dataclass
class Files:
    clock: Clock
    numbers: Numbers
    by_id: dict[str, File] = field(default_factory=dict)

    def ask(self, name: str, size: int) -> File:
        number = next(self.numbers)
        file = File(f"F{number:010d}", f"upload{number}", name, size)
        self.by_id[file.id] = file
        return file

    def asked(self, token: str) -> File | None:
        """The file that is sent to this address; an address takes one."""
        return next((file for file in self.by_id.values() if file.token == token and not file.data), None)

    def complete(self, file: File, title: str, *, slower: float) -> None:
        file.title, file.ready_at = title, self.clock.now() + max(PROCESSING, slower)

    def is_picture(self, file_id: str) -> bool:
        """Whether a message may hold it now."""
        file = self.by_id.get(file_id)
        return file is not None and file.ready_at is not None and file.ready_at <= self.clock.now() and bool(file.mime)
