"""The floor of a click: the least Bolt app that commits one row before it answers. Only the engine is Assay's."""

import os
from datetime import UTC, datetime
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from sqlalchemy import insert

from storage.engine import make_sessions
from tests.bench.tables import ROWS

INSERT = insert(ROWS)
TOKEN = os.environ.pop("SLACK_BOT_TOKEN")  # Bolt warns of what it finds there and does not need
sessions = make_sessions(os.environ["ASSAY_DATABASE_URL"])


async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=TOKEN)


secret = os.environ["SLACK_SIGNING_SECRET"]
app = AsyncApp(name="floor", signing_secret=secret, authorize=authorize, process_before_response=True)


@app.action("draft:approve")
async def approve(body: dict[str, Any], ack: AsyncAck) -> None:
    row = {"name": body["user"]["id"], "value": body["actions"][0]["value"], "at": datetime.now(UTC)}
    async with sessions.writer.begin() as connection:
        await connection.execute(INSERT, row)
    await ack()


if __name__ == "__main__":
    app.start(port=int(os.environ["ASSAY_PORT"]), host="127.0.0.1")
