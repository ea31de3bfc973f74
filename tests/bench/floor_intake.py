"""The floor of intake: a stream parsed line by line, a row for each line, 200 rows a transaction. Nothing is checked,
redacted, recognised, planned or answered line by line. Only the engine is Assay's."""

import json
import os
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from sqlalchemy import insert

from storage.engine import make_sessions
from tests.bench.tables import ROWS

BATCH = 200
INSERT = insert(ROWS)
sessions = make_sessions(os.environ["ASSAY_DATABASE_URL"])


async def post(request: web.Request) -> web.Response:
    batch, stored = list[dict[str, Any]](), 0
    async for line in request.content:
        item = json.loads(line)
        batch.append({"name": item["external_id"], "value": item["prompt"] + item["draft"], "at": datetime.now(UTC)})
        if len(batch) == BATCH:
            stored, batch = stored + await store(batch), []
    return web.json_response({"stored": stored + await store(batch)})


async def store(batch: list[dict[str, Any]]) -> int:
    if batch:
        async with sessions.writer.begin() as connection:
            await connection.execute(INSERT, batch)
    return len(batch)


if __name__ == "__main__":
    app = web.Application()
    app.add_routes([web.post("/api/v1/drafts", post)])
    web.run_app(app, host="127.0.0.1", port=int(os.environ["ASSAY_PORT"]), print=None)
