"""What is kept to know something again tells nothing to whoever has the database but not the key."""

import hashlib
from typing import Any

from bot.submissions import Submission
from tests.house import CUSTOMER, DRAFT, House
from tests.stories.steps import listens, one_database, second_bot
from tests.stories.test_personal_data import _files, _read

EMAIL = "maria.lopez@mail.example"
BARE = {"channel": "#support", "prompt": CUSTOMER, "draft": DRAFT}
NAMED = {**BARE, "external_id": f"from {EMAIL}", "group": EMAIL, "draft": f"Dear {EMAIL}, done."}


async def taken(house: House, body: dict[str, Any], url: str) -> str:
    headers = {"Authorization": f"Bearer {house.token}"}
    return str((await house.http.post(f"{url}/api/v1/drafts", json=[body], headers=headers)).json()[0]["status"])


@one_database
async def test_another_signing_secret_gives_other_hashes(house: House) -> None:
    """So a draft is not known again: by its content it is a new one, by its id one with another content."""
    by_ticket = NAMED | {"external_id": "ticket 7"}
    for expected in ("created", "exists"):
        assert await taken(house, BARE, house.bot.url) == expected
        assert await taken(house, NAMED, house.bot.url) == expected
        assert await taken(house, by_ticket, house.bot.url) == expected
    house.box.app.signing_secret = "another-secret-which-nobody-has-guessed"
    async with second_bot(house) as other:
        await listens(house, other)
        assert await taken(house, BARE, other.url) == "created"  # its content_hash
        assert await taken(house, NAMED, other.url) == "created"  # its hashed external_id
        assert await taken(house, by_ticket, other.url) == "conflict"  # its body_hash
        await listens(house, house.bot)


@one_database
async def test_no_plain_hash_of_a_value_or_of_a_content_is_in_the_database(house: House) -> None:
    for body in (BARE, NAMED):
        assert await taken(house, body, house.bot.url) == "created"
    await house.settles()
    contents = [Submission.model_validate(body).model_dump_json(exclude={"channel"}) for body in (BARE, NAMED)]
    values = [*contents, DRAFT, CUSTOMER, EMAIL, f"EMAIL\0{EMAIL}", f"from {EMAIL}", f"Dear {EMAIL}, done."]
    plain = [hashlib.sha256(value.encode()).hexdigest()[:12] for value in values]
    written = "".join(_read(file) for file in _files(house.url))
    assert "[EMAIL_1]" in written
    assert "private-" in written
    assert [value for value, digest in zip(values, plain, strict=True) if digest in written] == []
