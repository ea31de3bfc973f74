"""Whoever answers customers that ask to be forgotten: their tickets are erased over HTTP while people work on them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from tests.faults.calls import Caller
from tests.faults.console import assay
from tests.faults.tickets import ticket_of
from tests.house import SUPPORT

NEWEST, OLDEST = 3, 40  # of the drafts that came last one is erased, but not of the very last
MAKE_TOKEN = ("tokens", "create", "steward", "--scope", "admin")


@dataclass(eq=False)
class Steward(Caller):
    often: ClassVar[tuple[float, float]] = (4.0, 12.0)

    async def acts(self) -> None:
        """Asked for again and again until it is answered: what is gone already is gone."""
        lately = [name for name, draft in self.ledger.accepted.items() if draft not in self.ledger.erasures]
        if not (choice := lately[-OLDEST:-NEWEST]):
            return
        name = self.chance.choice(choice)
        draft = self.ledger.accepted[name]
        self.ledger.erasures[draft] = False
        body = {"channel": SUPPORT, "ticket": ticket_of(name), "really": True}
        self.ledger.erasures[draft] = await self.insists("erasures", body)


async def token_from(settings: Mapping[str, str]) -> str:
    """As the operator makes one on the server."""
    return await assay(settings, *MAKE_TOKEN)
