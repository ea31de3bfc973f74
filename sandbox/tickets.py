"""What Slack hands out with an interaction: a trigger that opens one view, an address that takes five answers."""

from dataclasses import dataclass, field

from sandbox.clock import Clock
from sandbox.numbers import Numbers
from sandbox.refusals import ApiError

TRIGGER_SECONDS = 3.0
ANSWERS = 5
ANSWER_SECONDS = 30 * 60.0


@dataclass(slots=True)
class Trigger:
    user: str
    at: float
    view: str | None
    used: bool = False


@dataclass(slots=True)
class Address:
    """Where the bot answers one interaction; `ts` is the message it came from, None after a command."""

    channel: str
    user: str
    ts: str | None
    at: float
    uses: int = 0


@dataclass
class Tickets:
    """Of one workspace; `numbers` make them different from those of every other."""

    clock: Clock
    numbers: Numbers
    triggers: dict[str, Trigger] = field(default_factory=dict)
    addresses: dict[str, Address] = field(default_factory=dict)

    def trigger(self, user: str, view: str | None = None) -> str:
        """`view` is the view in which the interaction happened."""
        made = f"{next(self.numbers)}.{int(self.clock.now() * 1000)}.sandbox"
        self.triggers[made] = Trigger(user, self.clock.now(), view)
        return made

    def exchange(self, trigger_id: object) -> Trigger:
        trigger = self.triggers.get(str(trigger_id))
        if trigger is None:
            raise ApiError("invalid_trigger_id")
        if trigger.used:
            raise ApiError("exchanged_trigger_id")
        if self.clock.now() - trigger.at > TRIGGER_SECONDS:
            raise ApiError("expired_trigger_id")
        trigger.used = True
        return trigger

    def address(self, channel: str, user: str, ts: str | None) -> str:
        made = f"{next(self.numbers)}"
        self.addresses[made] = Address(channel, user, ts, self.clock.now())
        return made

    def answered(self, token: str) -> Address:
        address = self.addresses.get(token)
        if address is None:
            raise ApiError("invalid_url")
        if self.clock.now() - address.at > ANSWER_SECONDS:
            raise ApiError("expired_url")
        if address.uses >= ANSWERS:
            raise ApiError("used_url")
        address.uses += 1
        return address
