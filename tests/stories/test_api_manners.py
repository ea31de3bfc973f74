"""The API's manners: repeats are answered once, tokens have a rate, lists have pages, what is misspelt is refused."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import pytest
from sqlmodel import func, select

from bot import intake, tokens
from bot.allowances import MOST_MISSES
from bot.tokens import Scope
from bot.vault import new_key
from handlers.http.web_app import API
from sandbox.workspace import TEAM_ID
from storage.models import Answered, Draft, Token, Webhook
from storage.queries import channels
from storage.queries import tokens as stored_tokens
from storage.queries._core import dialect_of
from tests.house import CUSTOMER, DRAFT, House, running_bot
from tests.houses import Houses
from tests.stories.steps import one_database, second_bot

GOOD: dict[str, Any] = {"channel": "#support", "prompt": CUSTOMER, "draft": DRAFT}
HOOK = {"url": "https://hooks.example.com/x", "events": ["gold.settled"]}


async def token(house: House, *scopes: Scope, channel: str | None = None) -> str:
    async with house.sessions.writing() as session:
        bound = await channels.by_any_name(session, TEAM_ID, channel) if channel else None
        chosen = list(scopes) or [Scope.ADMIN]
        return await tokens.create(session, "someone", scopes=chosen, now=house.now(), channel=bound)


async def asks(
    house: House, method: str, path: str, *, secret: str, body: object = None, url: str | None = None, **headers: str
) -> httpx.Response:
    given = {"Authorization": f"Bearer {secret}"} | {name.replace("_", "-"): value for name, value in headers.items()}
    content = None if body is None else json.dumps(body).encode()
    return await house.http.request(method, f"{url or house.bot.url}/api/v1/{path}", content=content, headers=given)


async def count(house: House, table: type[Any]) -> int:
    async with house.sessions.reading() as session:
        return int((await session.exec(select(func.count()).select_from(table))).one())


async def test_the_same_key_and_body_get_the_same_answer_and_nothing_is_done_twice(house: House) -> None:
    first = await asks(house, "POST", "drafts", secret=house.token, body=GOOD, Idempotency_Key="k-1")
    again = await asks(house, "POST", "drafts", secret=house.token, body=GOOD, Idempotency_Key="k-1")
    assert (first.status_code, first.json()["status"]) == (201, "created")
    assert (again.status_code, again.json()) == (201, first.json())
    assert ("Idempotent-Replayed" in first.headers, again.headers["Idempotent-Replayed"]) == (False, "true")
    bare = await asks(house, "POST", "drafts", secret=house.token, body=GOOD)
    assert bare.json()["status"] == "exists"
    assert await count(house, Draft) == 1


async def test_the_same_key_with_another_body_address_or_token(house: House) -> None:
    secret = await token(house)
    first = await asks(house, "POST", "drafts", secret=secret, body=GOOD, Idempotency_Key="k")
    other = GOOD | {"draft": "Otherwise"}
    refused = await asks(house, "POST", "drafts", secret=secret, body=other, Idempotency_Key="k")
    assert (refused.status_code, "used for another request" in refused.json()["detail"]) == (422, True)
    number = first.json()["id"]
    refused = await asks(house, "POST", f"drafts/{number}/withdraw", secret=secret, Idempotency_Key="k")
    assert refused.status_code == 422
    others = await asks(house, "POST", "drafts", secret=house.token, body=other, Idempotency_Key="k")
    assert others.status_code == 201  # keys are each token's own


async def test_a_key_is_free_again_after_a_day_and_where_nothing_was_done(house: House) -> None:
    wrong = GOOD | {"channel": "#nowhere"}
    assert (await asks(house, "POST", "drafts", secret=house.token, body=wrong, Idempotency_Key="k")).status_code == 422
    assert (await asks(house, "POST", "drafts", secret=house.token, body=GOOD, Idempotency_Key="k")).status_code == 201
    house.moves(hours=25)
    later = await asks(house, "POST", "drafts", secret=house.token, body=GOOD, Idempotency_Key="k")
    assert (later.status_code, later.json()["status"]) == (200, "exists")
    house.moves(hours=25)
    await house.bot.tools.herald.forget_old()
    assert await count(house, Answered) == 0


async def test_an_array_is_answered_once_however_many_batches_it_has(house: House) -> None:
    body = [GOOD | {"external_id": f"T-{number}"} for number in range(201)] + [{}]
    first = await asks(house, "POST", "drafts", secret=house.token, body=body, Idempotency_Key="many")
    again = await asks(house, "POST", "drafts", secret=house.token, body=body, Idempotency_Key="many")
    assert (first.status_code, again.status_code) == (207, 207)
    assert first.json() == again.json()
    assert [one["status"] for one in again.json()[-2:]] == ["created", "error"]
    # The last batch holds nothing that can be stored: what came before is kept all the same.
    body = [GOOD | {"external_id": f"U-{number}"} for number in range(200)] + [{}]
    for _ in range(2):
        answer = await asks(house, "POST", "drafts", secret=house.token, body=body, Idempotency_Key="more")
        assert [one["status"] for one in answer.json()[-2:]] == ["created", "error"]


@asynccontextmanager
async def nobody_stores(house: House) -> AsyncIterator[None]:
    """Somebody else writes for longer than anybody waits for."""
    async with house.sessions.writing() as session:
        connection = await session.connection()
        if dialect_of(session) == "postgresql":
            await connection.exec_driver_sql("LOCK TABLE draft IN EXCLUSIVE MODE")
        yield


@pytest.mark.parametrize(("away", "batches"), [(2, 3), (2, 2)], ids=["in the middle", "at the end"])
async def test_what_the_database_was_away_for_is_stored_when_the_request_comes_again(
    house: House, monkeypatch: pytest.MonkeyPatch, away: int, batches: int
) -> None:
    body = [GOOD | {"external_id": f"T-{number}"} for number in range(200 * (batches - 1) + 1)]
    ready, began = intake.make_ready, iter(range(1, batches + 1))
    async with AsyncExitStack() as others:

        async def begins(*args: Any, **more: Any) -> Any:
            """The database is away from the one batch until the next one, or the answer."""
            if next(began) == away:
                await others.enter_async_context(nobody_stores(house))
            else:
                await others.aclose()
            return await ready(*args, **more)

        with monkeypatch.context() as patched:
            patched.setattr(intake, "make_ready", begins)
            first = await asks(house, "POST", "drafts", secret=house.token, body=body, Idempotency_Key="k")
    answers = [one["status"] for one in first.json()]
    assert first.status_code == 207
    assert answers[:201] == ["created"] * 200 + ["error"]
    assert "send it again in a minute" in first.json()[200]["detail"]
    again = await asks(house, "POST", "drafts", secret=house.token, body=body, Idempotency_Key="k")
    assert [one["status"] for one in again.json()[:201]] == ["exists"] * 200 + ["created"]
    assert await count(house, Draft) == len(body)
    for _ in range(2):
        last = await asks(house, "POST", "drafts", secret=house.token, body=body, Idempotency_Key="k")
        assert last.json() == again.json()


async def test_a_withdrawal_and_a_webhook_are_answered_once_too(houses: Houses) -> None:
    async with houses.open(more={"ASSAY_ENCRYPTION_KEYS": new_key()}) as house:
        secret, draft = await token(house), await house.draft()
        for _ in range(2):
            answer = await asks(house, "POST", f"drafts/{draft}/withdraw", secret=secret, Idempotency_Key="w")
            assert answer.json() == {"id": str(draft), "state": "withdrawn"}
        made = [await asks(house, "POST", "webhooks", secret=secret, body=HOOK, Idempotency_Key="h") for _ in range(2)]
        assert made[0].json() == made[1].json()
        assert made[0].headers["Location"] == made[1].headers["Location"] == "/api/v1/webhooks/1"
        assert await count(house, Webhook) == 1
        async with house.sessions.reading() as session:
            kept = (await session.exec(select(Answered.body))).all()
        assert made[0].json()["secret"] not in "".join(kept)


async def test_of_two_that_come_at_once_over_two_replicas_one_is_done(house: House) -> None:
    async with running_bot(house.box, house.url) as other:
        for round_ in range(3):
            body = GOOD | {"draft": f"Draft {round_}."}
            both = [
                asks(house, "POST", "drafts", secret=house.token, body=body, url=url, Idempotency_Key=f"k{round_}")
                for url in (house.bot.url, other.url)
            ]
            answers = await asyncio.gather(*both)
            assert [one.status_code for one in answers] == [201, 201]
            assert answers[0].json() == answers[1].json()
        assert await count(house, Draft) == 3


@pytest.mark.parametrize("key", ["", "a b", "ä", "x" * 256])
async def test_a_key_that_is_none_is_refused(house: House, key: str) -> None:
    headers = {"Authorization": f"Bearer {house.token}", "Idempotency-Key": key.encode()}
    answer = await house.http.post(f"{house.bot.url}/api/v1/drafts", json=GOOD, headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 400
    stream = await asks(
        house, "POST", "drafts", secret=house.token, body=GOOD, Idempotency_Key="k", Content_Type="application/x-ndjson"
    )
    assert (stream.status_code, "external_id" in stream.json()["detail"]) == (400, True)


async def test_a_token_may_ask_so_often_in_a_minute_over_all_replicas(houses: Houses) -> None:
    rate = 40
    async with houses.open(more={"ASSAY_API_RATE": rate}) as house, AsyncExitStack() as closing:
        house.moves(seconds=60 - house.now().second)
        urls = [house.bot.url]
        for _ in range(2):
            another = await closing.enter_async_context(running_bot(house.box, house.url, house.more))
            urls.append(another.url)
        secret = await token(house)
        answers = [await asks(house, "GET", "channels", secret=secret, url=urls[one % 3]) for one in range(2 * rate)]
        passed = sum(one.status_code == 200 for one in answers)
        assert rate - 3 * max(rate // 20, 1) <= passed <= rate
        last = answers[-1]
        assert (last.status_code, last.headers["Content-Type"]) == (429, "application/problem+json")
        assert (last.headers["Retry-After"], "Wait 60 seconds" in last.json()["detail"]) == ("60", True)
        assert answers[0].headers["RateLimit-Policy"] == f'"token";q={rate};w=60'
        assert answers[0].headers["RateLimit"] == f'"token";r={rate - 1};t=60'
        assert last.headers["RateLimit"] == '"token";r=0;t=60'
        other = await token(house, Scope.DRAFTS_WRITE)
        refused = await asks(house, "GET", "labels", secret=other)
        assert (refused.status_code, refused.headers["RateLimit"]) == (403, f'"token";r={rate - 1};t=60')
        assert (await asks(house, "GET", "channels", secret=other)).status_code == 200
        house.moves(seconds=60)
        assert (await asks(house, "GET", "channels", secret=secret)).status_code == 200


@one_database
async def test_a_token_that_several_connections_use_at_once_makes_as_many_requests_as_one_that_one_uses(
    houses: Houses,
) -> None:
    rate = 100
    async with houses.open(more={"ASSAY_API_RATE": rate}) as house:
        house.moves(seconds=60 - house.now().second)
        secret = await token(house)

        async def worker() -> list[int]:
            return [(await asks(house, "GET", "channels", secret=secret)).status_code for _ in range(20)]

        answered = [status for some in await asyncio.gather(*(worker() for _ in range(8))) for status in some]
        assert (answered.count(200), answered.count(429)) == (rate, 8 * 20 - rate)


async def test_who_guesses_tokens_is_told_to_wait_and_who_has_one_is_not(house: House) -> None:
    answers = [await asks(house, "GET", "channels", secret=f"guess-{one}") for one in range(MOST_MISSES + 5)]
    assert [one.status_code for one in answers] == [401] * MOST_MISSES + [429] * 5
    assert answers[0].headers["WWW-Authenticate"].startswith("Bearer")
    assert int(answers[-1].headers["Retry-After"]) <= 60
    assert (await asks(house, "GET", "channels", secret=house.token)).status_code == 200
    house.moves(seconds=60)
    assert (await asks(house, "GET", "channels", secret="guess")).status_code == 401


async def test_a_parameter_that_there_is_not_or_that_stands_twice_is_refused(house: House) -> None:
    secret = await token(house)
    misspelt = await asks(house, "GET", "labels?chanel=support", secret=secret)
    assert (misspelt.status_code, misspelt.json()["pointer"]) == (400, "chanel")
    assert misspelt.json()["detail"] == "This address takes no ?chanel=. It takes: after, channel, limit."
    twice = await asks(house, "GET", "labels?limit=1&limit=2&channel=support", secret=secret)
    assert (twice.status_code, "is there twice" in twice.json()["detail"]) == (400, True)
    none = await asks(house, "POST", "drafts?channel=support", secret=secret, body=GOOD)
    assert none.json()["detail"] == "This address takes no ?channel=. It takes no parameters."


async def test_the_methods_that_an_address_takes_are_those_of_the_document(house: House) -> None:
    document = (await house.http.get(f"{house.bot.url}/api/v1/openapi.json")).json()
    assert {one.path for one in API} == set(document["paths"])
    for path, methods in document["paths"].items():
        address = path.replace("{id}", "1").replace("{channel}", "support").removeprefix("/api/v1/")
        told = await house.http.options(f"{house.bot.url}/api/v1/{address}")
        allowed = {one.strip().lower() for one in told.headers["Allow"].split(",")}
        assert (told.status_code, allowed - {"options", "head"}) == (204, set(methods))
        assert ("head" in allowed) == ("get" in methods)
        for method in ("get", "post", "put", "patch", "delete"):
            answer = await asks(house, method.upper(), address, secret=house.token)
            assert (answer.status_code == 405) == (method not in methods), (method, path)
            if answer.status_code == 405:
                assert answer.headers["Content-Type"] == "application/problem+json"
                assert set(methods) <= {one.lower() for one in answer.headers["Allow"].split(",")}


async def test_head_says_what_get_would_without_a_body(house: House) -> None:
    secret = await token(house)
    await house.ana.clicks("Approve", await house.card(await house.draft()))
    await house.settles()
    for path in ("channels", "labels?channel=support", "gold?channel=support", "channels/support/digest"):
        got, headed = [await asks(house, method, path, secret=secret) for method in ("GET", "HEAD")]
        assert (headed.status_code, headed.content) == (200, b"")
        assert headed.headers["Content-Type"] == got.headers["Content-Type"]
        assert bytes_of(await over_a_socket(house, "HEAD", path, secret)) == b""
    assert (await asks(house, "HEAD", "channels", secret="nobody")).status_code == 401
    told = (await asks(house, "GET", "audit", secret=secret)).text
    assert told.count('"gold_read"') == 1, "what nobody was given is not told of"


async def test_a_client_that_keeps_no_connection_learns_where_gold_ends(house: House) -> None:
    await house.ana.clicks("Approve", await house.card(await house.draft()))
    await house.settles()
    answer = await over_a_socket(house, "GET", "gold?channel=support", await token(house), version="1.0")
    assert json.loads(bytes_of(answer))["completion"][0]["content"] == DRAFT


async def over_a_socket(house: House, method: str, path: str, secret: str, *, version: str = "1.1") -> bytes:
    """All that comes back until the connection is closed: by us after what follows HEAD, as it shall be."""
    address = httpx.URL(house.bot.url)
    reader, writer = await asyncio.open_connection(address.host, address.port)
    follows = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" if method == "HEAD" else ""
    writer.write(
        f"{method} /api/v1/{path} HTTP/{version}\r\nHost: x\r\nAuthorization: Bearer {secret}\r\n"
        f"Connection: keep-alive\r\n\r\n{follows}".encode()
    )
    found = await reader.read()
    writer.close()
    return found


def bytes_of(answer: bytes) -> bytes:
    """What stands between the first head and the next one."""
    return answer.partition(b"\r\n\r\n")[2].partition(b"HTTP/1.1 200")[0]


async def test_channels_come_in_pages(house: House) -> None:
    secret, found, path = await token(house), list[str](), "channels?limit=2"
    while True:
        page = await asks(house, "GET", path, secret=secret)
        found += [one["name"] for one in page.json()]
        if "next" not in page.links:
            break
        path = page.links["next"]["url"].removeprefix("/api/v1/")
    assert sorted(found) == ["escalations", "leads", "support"]


async def test_a_token_of_one_channel_makes_and_sees_webhooks_of_that_channel_only(house: House) -> None:
    everywhere, bound = await token(house), await token(house, channel="#leads")
    mine = (await asks(house, "POST", "webhooks", secret=bound, body=HOOK)).json()
    assert mine["channel"] == "C0LEADS001"
    theirs = (await asks(house, "POST", "webhooks", secret=everywhere, body=HOOK)).json()
    assert [one["id"] for one in (await asks(house, "GET", "webhooks", secret=bound)).json()] == [mine["id"]]
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/announcements"), ("POST", "/replay")):
        body = {"ids": ["x"]} if method == "POST" else None
        answer = await asks(house, method, f"webhooks/{theirs['id']}{path}", secret=bound, body=body)
        assert (answer.status_code, "There is no webhook" in answer.json()["detail"]) == (404, True)
    other = await asks(house, "POST", "webhooks", secret=bound, body=HOOK | {"channel": "#support"})
    assert other.status_code == 404
    assert (await asks(house, "DELETE", f"webhooks/{mine['id']}", secret=bound)).status_code == 204
    assert (await asks(house, "GET", f"webhooks/{mine['id']}", secret=bound)).status_code == 404


async def test_only_admins_manage_webhooks(house: House) -> None:
    for scope in (Scope.DRAFTS_WRITE, Scope.LABELS_READ, Scope.GOLD_READ):
        secret = await token(house, scope)
        assert (await asks(house, "GET", "webhooks", secret=secret)).status_code == 403
        assert (await asks(house, "POST", "webhooks", secret=secret, body=HOOK)).status_code == 403


@pytest.mark.parametrize(
    ("body", "why", "pointer"),
    [
        ({"url": "http://127.0.0.1/x"}, "private, local or reserved", "/url"),
        ({"url": "https://localhost/x"}, "private, local or reserved", "/url"),
        ({"url": "file:///etc/passwd"}, "The URL must begin with https:// and name a host.", "/url"),
        ({"url": "http://169.254.169.254/latest"}, "private, local or reserved", "/url"),
        ({"url": "http://1.1.1.1/"}, "with https://", "/url"),
        ({"url": "https://a:b@hooks.example.com"}, "no name and password", "/url"),
        ({"events": []}, "/events must not be empty", "/events"),
        ({"events": ["label.deleted"]}, "label.created", "/events/0"),
        ({"secret": "mine"}, "/secret is no field here. There are: url, events, channel.", "/secret"),
    ],
)
async def test_a_webhook_that_cannot_be_is_refused_with_what_to_do(
    house: House, body: dict[str, object], why: str, pointer: str
) -> None:
    answer = await asks(house, "POST", "webhooks", secret=await token(house), body=HOOK | body)
    assert (answer.status_code, answer.json()["pointer"]) == (422, pointer)
    assert why in answer.json()["detail"]
    assert await count(house, Webhook) == 0


async def test_a_token_from_before_the_first_start_is_good_once_the_bot_knows_whose_it_is(house: House) -> None:
    made = Token(name="early", hash=tokens.hashed("early"), scopes=[Scope.DRAFTS_WRITE], created_at=house.now())
    async with house.sessions.writing() as session:
        await stored_tokens.add(session, made)
    assert (await asks(house, "POST", "drafts", secret="early", body=GOOD)).status_code == 403
    async with second_bot(house) as bot:
        assert (await asks(house, "POST", "drafts", secret="early", body=GOOD, url=bot.url)).status_code == 201
