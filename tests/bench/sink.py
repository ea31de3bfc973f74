"""What stands for Slack while a click is timed: it says yes to every request, as cheaply as Python can."""

import asyncio
import json
import re
import sys

TEAM = "T0BENCH01"
YES = {
    "ok": True, "ts": "1.000001", "team_id": TEAM, "user_id": "UBOT", "bot_id": "BBOT", "team": "Bench",
    "url": "https://bench.slack.com/",
}  # fmt: skip
BODY = json.dumps(YES).encode()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class Sink(asyncio.Protocol):
    """One connection: answers as soon as a request is whole."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._kept = transport, b""

    def data_received(self, data: bytes) -> None:
        self._kept += data
        while (head := self._kept.find(b"\r\n\r\n")) >= 0:
            length = LENGTH.search(self._kept, 0, head)
            whole = head + 4 + (int(length[1]) if length else 0)
            if len(self._kept) < whole:
                return
            self._kept = self._kept[whole:]
            self._transport.write(ANSWER)


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
