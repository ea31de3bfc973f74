from sandbox.people import Person
from sandbox.server import Sandbox
from tests.sandbox.bots import Bot, running
from tests.sandbox.callers import *

async def test_smoke(box: Sandbox, ana: Person) -> None:
    import time
    async with running(box) as bot:
        await bot.posts()
        card = (await ana.reads("#support"))[-1]
        print(card)
        print(await ana.clicks("Approve", card))
        print(await ana.last_private_note("#support"))
        box.world.rates.on=False
        t=time.process_time()
        for i in range(200):
            await ana.clicks("Approve", card)
        print("click", (time.process_time()-t)/200*1000)
        t=time.process_time()
        for i in range(200):
            await ana.http.post("/control/click", json={"user":"U0ANA","channel":"C0SUPPORT","ts":card.ts,"action_id":"nix"})
        print("http", (time.process_time()-t)/200*1000)
        t=time.process_time()
        for i in range(200):
            await bot.client.chat_postMessage(channel="C0SUPPORT", text="x", blocks=CARD)
        print("post", (time.process_time()-t)/200*1000)
        t=time.process_time()
        for i in range(200):
            await ana.screen()
        print("screen", (time.process_time()-t)/200*1000)
        t=time.process_time()
        for i in range(200):
            await ana.reads("#support", limit=50)
        print("reads", (time.process_time()-t)/200*1000)
from tests.sandbox.bots import CARD
