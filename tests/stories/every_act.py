"""One story in which every button, window, search, shortcut and command is used once, by somebody who may."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from sqlmodel import update

from bot import keeping
from bot.surfaces.audit import PAGE
from handlers.slack.tables import ACTIONS, COMMANDS, OPTIONS, SHORTCUTS, VIEWS
from sandbox.people import Home, Message, Person
from sandbox.traffic import Entry
from sandbox.workspace import OTHER_TEAM_ID, TEAM_ID
from storage.models import Audit, Workspace
from storage.queries import audits, channels
from tests.house import DRAFT, LEADS, SUPPORT, House
from tests.stories.kept import Change, Kept, Rows, all_rows, changed
from tests.stories.replays import Recorded, Shown, Somebody, sends

ACTS = [
    *(f"press {name}" for name in ACTIONS),
    *(f"window {name}" for name in VIEWS),
    *(f"search {name}" for name in OPTIONS),
    *(f"shortcut {name}" for name in SHORTCUTS),
    *(f"command /assay {name}" for name in COMMANDS),
    "event app_home_opened",
]
KINDS = {"action": "press", "submission": "window", "suggestion": "search"}
WHY, CHOICE = "Why did the answers differ?", "Which answer stands?"
# Words that tell whose they are: of the customer, of the model, of the guideline, and what Ana and Bea answered.
TOPIC = "zebra/stripes"
ASKED, DRAFTED, GUIDELINE = "Quokka", "Pangolin", "Be kind."
ANSWERED = ("Marzipan", "Nougat")
Roles = Mapping[str, Callable[[str], Somebody]]


def name_of(entry: Entry) -> str:
    """What somebody used, in the words of docs/authorisation.md."""
    if entry.kind == "command":
        return f"command /assay {entry.request['text'].split(' ')[0]}"
    return f"{KINDS.get(entry.kind, entry.kind)} {entry.method}"


@dataclass(frozen=True)
class Outcome:
    """What came of an act in somebody's name."""

    by: Somebody
    changes: Sequence[Change]
    shown: Shown
    rows: Rows  # as they stood afterwards

    @property
    def does(self) -> str:
        """The tables in which something changed, and where people see something."""
        return ", ".join([*dict.fromkeys(one.table for one in self.changes), *sorted(self.shown.surfaces)])


@dataclass
class Acts:
    """Watches what people do, and has everybody else do the same from where they stood."""

    house: House
    roles: Roles
    recorded: dict[str, Recorded] = field(default_factory=dict)
    outcomes: dict[tuple[str, str], Outcome] = field(default_factory=dict)

    @asynccontextmanager
    async def act(self, name: str) -> AsyncIterator[None]:
        """What is done in here is this act."""
        house = self.house
        house.moves(seconds=10)  # what the outbox waited with is sent before, so that it is nobody's doing here
        await house.settles()
        before, mark = await Kept.of(house), len(house.box.traffic.entries)
        yield
        await house.settles()
        used = next(one for one in house.box.traffic.entries[mark:] if one.raw and name_of(one) == name)
        self.recorded[name] = Recorded.of(used)
        after = await Kept.of(house)
        rows = after.rows
        for role in self.roles:
            await before.restore(house, rows)
            rows = await self._again(name, role, actor=used.user or str(used.request["event"]["user"]), before=before)
        await after.restore(house, rows)

    async def _again(self, name: str, role: str, *, actor: str, before: Kept) -> Rows:
        somebody, recorded = self.roles[role](actor), self.recorded[name]
        shown = await sends(self.house, recorded.by(self.house, somebody), recorded.content_type)
        rows = await all_rows(self.house)
        self.outcomes[name, role] = Outcome(somebody, changed(before.rows, rows), shown, rows)
        return rows


Act = Callable[[str], AbstractAsyncContextManager[None]]


async def people(house: House) -> Roles:
    """Somebody of each role, who does nothing that others see."""
    ids = {
        "Lena": await _made(house, "Lena"),
        "Adam": await _made(house, "Adam", is_admin=True),
        "Ines": await _made(house, "Ines"),
        "Sam": await _made(house, "Sam", is_stranger=True),
        "Lotte": await _made(house, "Lotte"),
        "Dora": await _made(house, "Dora"),
    }
    for name in ("Sam", "Lotte", "Dora"):
        await house.max.invites(ids[name], to="#support")
    await Person(house.http, id=ids["Lotte"], name="Lotte").leaves("#support")
    (await house.http.post("/control/deactivate", json={"who": ids["Dora"]})).raise_for_status()
    async with house.sessions.writing() as session:
        await session.exec(update(Workspace).values(installed_by=ids["Ines"]))
    house.people["lena"] = Person(house.http, id=ids["Lena"], name="Lena")
    named = {
        "agent": house.chen.id,
        "lead": ids["Lena"],
        "admin": ids["Adam"],
        "installer": ids["Ines"],
        "guest": house.gus.id,
        "stranger": ids["Sam"],
        "left": ids["Lotte"],
        "never in": house.zoe.id,
        "deactivated": ids["Dora"],
    }
    for user in named.values():
        await house.bot.tools.doorkeeper.standings(TEAM_ID, user)  # so that nobody is asked for again each time
    here: dict[str, Callable[[str], Somebody]] = {role: _always(user) for role, user in named.items()}
    return {**here, "elsewhere": lambda actor: Somebody(actor, OTHER_TEAM_ID)}


def _always(user: str) -> Callable[[str], Somebody]:
    return lambda _: Somebody(user)


async def _made(house: House, name: str, **flags: bool) -> str:
    return str((await house.http.post("/control/users", json={"name": name, **flags})).json()["id"])


async def story(house: House, act: Act) -> None:
    """Everything once. Every draft is reviewed twice."""
    await _setup(house, act)
    await _cards(house, act)
    await _disputes(house, act)
    await _focus(house, act)
    await _shortcuts(house, act)
    await _home(house, act)
    await _commands(house, act)


async def _draft(house: House, number: int) -> int:
    house.moves(seconds=3)  # Slack takes a post a second
    return await house.draft(f"{DRAFTED} {number}. {DRAFT}", prompt=f"{ASKED} {number}?", topic=TOPIC)


async def _setup(house: House, act: Act) -> None:
    (welcome,) = [one for one in await house.max.reads(SUPPORT) if "Set up" in one.buttons]
    async with act("press channel:example"):
        await house.max.clicks("See an example", welcome)
    async with act("press channel:setup"):
        await house.max.clicks("Set up", welcome)
    await house.max.closes()
    async with act("command /assay setup"):
        await house.max.types("/assay setup", in_=SUPPORT)
    async with act("press setup:more"):
        await house.max.clicks("More…")
    await house.max.modal()
    async with act("search setup:zone"):
        await house.max.searches("Time zone", "Lisb")
    await house.max.fills({"Leads": [house.lea.id, house.lena.id]})
    async with act("window channel:setup"):
        assert (await house.max.submits()).closed
    note = await _note(house.max)
    async with act("press channel:sample"):
        await house.max.clicks("Send a sample draft", note)
    async with act("press channel:token"):
        await house.max.clicks("Create an API token", note)
    await house.max.closes()


async def _cards(house: House, act: Act) -> None:
    first = await _draft(house, 1)
    async with act("press draft:approve"):
        await house.ana.clicks("Approve", await house.card(first))
    async with act("press draft:change"):
        await house.ana.clicks("Change", await _note(house.ana))
    await house.ana.fills({"This draft is": "Good with my changes", "Reply": f"{ANSWERED[0]} 1"})
    async with act("window draft:change"):
        assert (await house.ana.submits()).closed
    async with act("press draft:undo"):
        await house.ana.clicks("Undo", await _note(house.ana))
    await _windows(house, act)


async def _windows(house: House, act: Act) -> None:
    filled: dict[str, tuple[str, Mapping[str, str]]] = {
        "edit": ("Edit", {"Reply": f"{ANSWERED[0]} 2"}),
        "escalate": ("Escalate", {"Why must a human take over?": "Legal threat"}),
        "reject": ("Reject", {"Why can this draft not be used?": "Wrong facts", "A better reply": f"{ANSWERED[0]} 3"}),
        "report": ("Report personal data", {"Words that are personal data, one a line": ASKED}),
    }
    for number, (window, (button, fields)) in enumerate(filled.items(), 2):
        card = await house.card(await _draft(house, number))
        if window == "report":
            await house.ana.clicks(button, card)
        else:
            async with act("press draft:more" if window == "reject" else f"press draft:{window}"):
                await house.ana.clicks(button, card)
        await house.ana.modal()
        await house.ana.fills(fields)
        async with act(f"window draft:{window}"):
            assert (await house.ana.submits()).closed


async def _disputes(house: House, act: Act) -> None:
    draft = await _draft(house, 6)
    await house.ana.clicks("Approve", await house.card(draft))
    await house.settles()
    await house.bea.clicks("Edit", await house.card(draft, seen_by="bea"))
    await house.bea.fills({"Reply": f"{ANSWERED[1]}: please call us, for this cannot be done by mail."})
    assert (await house.bea.submits()).closed
    await house.settles()
    async with act("event app_home_opened"):
        await house.lea.opens_home()
    page = await house.lea.home()
    async with act("press people:look"):
        await house.lea.chooses("Look closer at…", "Ana", on=page)
    await house.lea.closes()
    async with act("press dispute:settle"):
        await house.lea.clicks("Settle", on=await house.lea.home())
    await house.lea.fills({CHOICE: "Answer A", WHY: "An agent slipped"})
    async with act("window dispute:settle"):
        assert (await house.lea.submits()).closed


async def _focus(house: House, act: Act) -> None:
    async with act("command /assay next"):
        await house.ana.types("/assay next", in_=SUPPORT)
    await house.ana.modal()
    async with act("window focus:draft"):
        await house.ana.submits()
    await house.ana.modal()
    await house.ana.fills({"Reply": f"{ANSWERED[0]} 4"})
    async with act("press focus:skip"):
        await house.ana.clicks("Skip")
    async with act("press focus:back"):
        await house.ana.clicks("Back")
    while (modal := await house.ana.modal()) is not None and "Skip" in modal.buttons:
        await house.ana.clicks("Skip")
        await house.settles()
    assert modal is not None
    async with act("press focus:again"):
        await house.ana.clicks(next(button for button in modal.buttons if button.startswith("Show the")))
    await house.ana.closes(all=True)
    async with act("press focus:start"):
        page = await _home_of(house, house.ana)
        await house.ana.clicks(next(button for button in page.buttons if button.startswith("Start reviewing")), on=page)
    await house.ana.closes(all=True)


async def _shortcuts(house: House, act: Act) -> None:
    async with act("shortcut assay_next"):
        await house.ana.uses("assay_next")
    await house.ana.closes(all=True)
    async with act("shortcut assay_draft"):
        await house.ana.uses("assay_draft", on=await _said(house, SUPPORT, 7))
    await house.ana.uses("assay_draft", on=await _said(house, LEADS, 8))
    await house.ana.fills({"For which channel?": "support"})
    async with act("window draft:make"):
        assert (await house.ana.submits()).closed


async def _said(house: House, channel: str, number: int) -> Message:
    ts = await house.lars.says(f"{ASKED} {number} asks for help.", in_=channel)
    return next(one for one in await house.ana.reads(channel) if one.ts == ts)


async def _home(house: House, act: Act) -> None:
    await house.fault(method="chat.postMessage", kind="error", error="invalid_blocks")
    await _draft(house, 9)
    page = await _home_of(house, house.max)
    async with act("press delivery:again"):
        await house.max.clicks("Post again", on=page)
    await _shorter(house, days=3)
    async with act("press retention:keep"):
        await house.max.clicks("Keep as before", on=await _home_of(house, house.max))
    page = await _home_of(house, house.max)
    async with act("press token:end"):
        await house.max.clicks("End", on=page)
    await _trail(house, act)


async def _shorter(house: House, *, days: int) -> None:
    """Somebody has just said that drafts are kept for so many days, no longer for ever."""
    async with house.sessions.writing() as session:
        channel = await channels.by_slack_id(session, TEAM_ID, SUPPORT)
        assert channel is not None
        keeping.set_days(channel, days, house.now())
        session.add(channel)


async def _trail(house: House, act: Act) -> None:
    """The audit trail, with more entries than a page shows."""
    async with house.sessions.writing() as session:
        for _ in range(PAGE):
            await audits.add(session, Audit(at=house.now(), team=TEAM_ID, channel=SUPPORT, who="operator"))
    page = await _home_of(house, house.max)
    async with act("press audit:open"):
        await house.max.clicks("Audit trail", on=page)
    async with act("press audit:older"):
        await house.max.clicks("Older")
    async with act("press audit:newer"):
        await house.max.clicks("Newer")
    async with act("press audit:channel"):
        await house.max.chooses("Choose a channel", "support")
    await house.max.closes()


async def _commands(house: House, act: Act) -> None:
    for words, by in (("digest", house.lea), ("stats", house.ana), ("help", house.ana)):
        async with act(f"command /assay {words}"):
            await by.types(f"/assay {words}", in_=SUPPORT)


async def _home_of(house: House, person: Person) -> Home:
    await person.opens_home()
    await house.settles()
    return await person.home()


async def _note(person: Person) -> Message:
    note = await person.last_private_note(SUPPORT)
    assert note is not None
    return note
