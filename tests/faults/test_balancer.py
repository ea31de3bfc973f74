"""The balancer of fault runs knows how often it asked."""

import asyncio
from collections import Counter
from dataclasses import dataclass

import httpx

from tests.faults.balancer import balancing


@dataclass(frozen=True)
class Place:
    url: str


async def test_what_only_reads_is_sent_again_where_a_connection_ends_before_an_answer_and_counted() -> None:
    asked = list[bytes]()

    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            asked.append(head.split(b" ")[0])
            if len(asked) == 2:  # killed before it answers
                break
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            if len(asked) == 3:
                break
        writer.close()

    server = await asyncio.start_server(answers, "127.0.0.1", 0)
    async with server, balancing() as balancer, httpx.AsyncClient() as http:
        port = server.sockets[0].getsockname()[1]
        balancer.replicas.append(Place(f"http://127.0.0.1:{port}"))
        for _ in range(2):
            assert (await http.get(f"{balancer.url}/api/v1/gold")).text == "ok"
    assert asked == [b"GET"] * 3
    assert balancer.again == Counter({"/api/v1/gold": 1})
