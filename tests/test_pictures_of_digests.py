"""The digest of a good day, a bad one, the first week and an empty channel, light and dark, wide and on a phone."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Literal

import numpy as np
import pytest
from playwright.async_api import Browser

from bot import outbox
from bot.figures import Counts, Figures
from bot.figures.agreeing import Past
from bot.measures.estimates import Estimate
from bot.surfaces import digest
from bot.surfaces.digest import Dispute, Made
from sandbox.workspace import TEAM_ID
from storage.queries import channels, drafts
from storage.words import Verdict
from tests.bot.said import UNTIL, WINDOW, Said, made
from tests.bot.test_periods import Tally
from tests.house import LEADS, SUPPORT
from tests.houses import Houses
from tests.pictures import opened_page
from tests.stories.steps import one_database
from tests.test_pictures_of_windows import Room

pytestmark = [pytest.mark.browser, one_database]

TOPICS = ("billing/refund", "billing/invoice", "delivery/late", "account/login")
WISHES = {"billing": 0.4, "delivery": 0.3, "account": 0.3}
SAYS = (Verdict.APPROVED, Verdict.EDITED, Verdict.REJECTED)
SCHEMES: dict[Literal["light", "dark"], str] = {"light": "", "dark": "-dark"}


def month(count: int, *, slips: float, weights: Sequence[float], seed: int = 3) -> tuple[list[Said], dict[int, str]]:
    """Shared drafts answered by two people who slip so often, and what the edits say."""
    chance = np.random.default_rng(seed)
    rows: list[Said] = []
    texts: dict[int, str] = {}
    for draft in range(count):
        topic, deserved, needs = chance.choice(TOPICS, p=weights), chance.choice(3, p=(0.5, 0.4, 0.1)), draft % 12 == 0
        for agent in ("ana", "bea"):
            slipped = chance.random() < slips
            said = SAYS[chance.choice(3) if slipped else deserved]
            number = len(rows)
            rows.append(
                Said(
                    draft, agent, said, "legal threat" if needs != slipped and (needs or slipped) else None,
                    tags=("legal",) if needs and not slipped else (), topic=str(topic), revision=number,
                    saved_at=UNTIL - timedelta(hours=2 + draft % 600),
                    opened_at=UNTIL - timedelta(hours=2.02 + draft % 600),
                    model="draft-writer-2", edit_rate=0.0 if said is Verdict.APPROVED else 0.3, hter=0.28,
                )
            )  # fmt: skip
            words = "your refund is on its way to your card" if draft % 2 else "the parcel left our house this morning"
            texts[number] = f"Hello, case {draft}: {words}. {'Best regards' if slipped else 'Kind regards'} " + (
                "and please write to us on another day." if slipped else ""
            )
    return rows, texts


def trend(now: Figures, drift: float) -> list[Past]:
    """How agreement stood in eighteen digests before, drifting to where it is."""

    def then(one: Estimate | None, back: int) -> Estimate | None:
        if one is None or one.value is None or one.low is None or one.high is None:
            return None
        moved = drift * back + 0.02 * np.sin(back)
        return replace(one, value=one.value + moved, low=one.low + moved - 0.004 * back, high=one.high + moved)

    verdict, escalation = (one.alpha if one else None for one in (now.verdict, now.escalation))
    dates = [WINDOW.date - timedelta(days=back) for back in range(26, 0, -1)]
    working = [on for on in dates if on.weekday() < 5]
    return [
        Past(on, then(verdict, back), then(escalation, back))
        for back, on in zip(range(18, 0, -1), working, strict=False)
    ]


def good_day() -> Made:
    rows, texts = month(212, slips=0.03, weights=(0.25, 0.15, 0.3, 0.3))
    tallies = [Tally(week, 40 + week, model="draft-writer-2") for week in range(12)]
    tallies += [Tally(week, 22, Verdict.EDITED, "draft-writer-2") for week in range(12)]
    tallies += [Tally(week, 2, Verdict.NOT_JUDGED, "draft-writer-2", escalated=True) for week in range(12)]
    figures = made(
        rows, texts=texts, targets=WISHES, tallies=tallies, settled=[40 + 2 * week for week in range(12)],
        counts=Counts(gold=41, waiting=12, disputed=0, imported=120),
    )  # fmt: skip
    return Made(figures, before=trend(figures, -0.006))


def bad_day(disputes: Sequence[Dispute] = ()) -> Made:
    rows, texts = month(180, slips=0.45, weights=(0.45, 0.25, 0.2, 0.1))
    late = [replace(row, exposed=True) for row in rows[:6]]
    extra = [replace(row, agent="chen", kind="extra", in_slot=False) for row in rows[6:9]]
    tallies = [Tally(week, 60 if week < 11 else 35, model="draft-writer-2") for week in range(12)]
    tallies += [Tally(week, 40, Verdict.EDITED, "draft-writer-2") for week in range(12)]
    tallies += [Tally(week, 3 if week < 11 else 14, Verdict.NOT_JUDGED, escalated=True) for week in range(12)]
    figures = made(
        [*late, *rows[6:], *extra], texts=texts, targets=WISHES, tallies=tallies, settled=[30] * 12,
        counts=Counts(gold=12, waiting=140, disputed=17),
    )  # fmt: skip
    return Made(figures, disputes, before=trend(figures, 0.012))


def first_week() -> Made:
    rows, _ = month(9, slips=0.1, weights=(0.4, 0.2, 0.2, 0.2))
    return Made(made([replace(row, saved_at=UNTIL - timedelta(hours=5)) for row in rows], counts=Counts(9, 31)))


@asynccontextmanager
async def leads_room(browser: Browser, houses: Houses) -> AsyncIterator[Room]:
    async with houses.open() as house, opened_page(browser) as page:
        yield Room(page, house)


async def posts(desk: Room, told: Made, *, weekly: bool = False) -> None:
    """The digest goes through the outbox into the leads' channel."""
    async with desk.house.sessions.writing() as session:
        channel = await channels.by_any_name(session, TEAM_ID, SUPPORT)
        assert channel is not None
        messages = digest.messages(told, weekly=weekly)
        await outbox.digest(session, channel, key="picture", messages=messages, now=desk.house.now())
    for _ in messages:
        await desk.passes()


async def sees(desk: Room, name: str, *, dark: bool = False, sheets: bool = True) -> None:
    """The lead message, then its thread from the first message to the last, in both colour schemes; `dark` and `sheets`
    say which of them are kept as pictures."""
    await desk.sits(desk.house.lea, LEADS)
    lead = desk.message("Labelling digest")
    await lead.locator(".replies").click()
    thread = desk.page.get_by_role("complementary", name="Thread")
    posted = thread.locator(".message")
    for scheme, ending in SCHEMES.items():
        kept = scheme == "light" or dark
        await desk.page.emulate_media(color_scheme=scheme)
        await desk.seen(f"{name}-figures{ending}", at=posted.nth(1), kept=kept)
        for place in range(2, await posted.count()):
            await desk.seen(f"{name}-sheet-{place}", at=posted.nth(place), kept=sheets and scheme == "light")
    await desk.presses("Close thread", on=thread)
    for scheme, ending in SCHEMES.items():
        await desk.page.emulate_media(color_scheme=scheme)
        await desk.seen(f"{name}{ending}", at=lead, kept=scheme == "light" or dark)


async def test_a_good_day(browser: Browser, houses: Houses) -> None:
    async with leads_room(browser, houses) as desk:
        await posts(desk, good_day(), weekly=True)
        await sees(desk, "digest-good-day")


async def test_a_bad_day(browser: Browser, houses: Houses) -> None:
    async with leads_room(browser, houses) as desk:
        numbers = [await desk.ticket(name) for name in ("T003", "T016", "T085")]
        async with desk.house.sessions.reading() as session:
            found = [await drafts.get(session, number) for number in numbers]
        await posts(desk, bad_day([Dispute(draft, None) for draft in found if draft]))
        await sees(desk, "digest-bad-day", dark=True)


async def test_the_first_week(browser: Browser, houses: Houses) -> None:
    async with leads_room(browser, houses) as desk:
        await posts(desk, first_week())
        await sees(desk, "digest-first-week", sheets=False)


async def test_a_channel_without_anything_says_so_when_asked(browser: Browser, houses: Houses) -> None:
    async with leads_room(browser, houses) as desk:
        await desk.sits(desk.house.lea, LEADS)
        await desk.types("/assay digest")
        await desk.settles()
        await desk.reads("No draft is given to two people")
        for scheme in SCHEMES:
            await desk.page.emulate_media(color_scheme=scheme)
            await desk.seen("digest-empty", at=desk.note, kept=scheme == "light")
