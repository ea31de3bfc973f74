"""doccano, driven over its HTTP API as its page does: files go to a queue, and are asked for until done."""

import asyncio
import io
import json
import zipfile
from typing import Any

import aiohttp
from yarl import URL

from tests.bench.items import Task

GLANCE = 0.05  # seconds between two looks whether a file is done
KIND = {"project_type": "Seq2seq", "resourcetype": "Seq2seqProject", "description": "bench", "guideline": ""}


class Doccano:
    """A server that runs already, with its queue; `address` has a user's name and password."""

    name = "doccano"

    def __init__(self, address: URL) -> None:
        self._login = {"username": address.user, "password": address.password}
        plain = address.with_user(None)
        self._http = aiohttp.ClientSession(plain, timeout=aiohttp.ClientTimeout(total=600))

    async def version(self) -> str:
        """It does not say over HTTP; this is where the key for all that follows is fetched."""
        key = (await self._json("POST", "/v1/auth/login/", self._login))["key"]
        self._http.headers["Authorization"] = f"Token {key}"
        return ""

    async def project(self) -> int:
        return int((await self._json("POST", "/v1/projects", KIND | {"name": "bench"}))["id"])

    async def takes_in(self, project: int, tasks: list[Task], *, labelled: bool = False) -> None:
        """All of them, in one file; `labelled`: each with its draft as the answer."""
        rows = [{"text": _text(one), "label": [one["draft"]] if labelled else []} for one in tasks]
        form = aiohttp.FormData()
        form.add_field("filepond", "\n".join(map(json.dumps, rows)), filename="tasks.jsonl")
        async with self._http.post("/v1/fp/process/", data=form) as answer:
            uploaded = await answer.text()
        asked = {"format": "JSONL", "task": "Seq2seq", "uploadIds": [uploaded], "column_data": "text"}
        asked |= {"column_label": "label", "delimiter": "", "encoding": "utf_8"}
        said = await self._done(await self._json("POST", f"/v1/projects/{project}/upload", asked))
        assert not (said.get("result") or {}).get("error"), said

    async def waiting(self, project: int, count: int) -> list[Task]:
        """So many tasks that nobody has answered."""
        found = await self._json("GET", f"/v1/projects/{project}/examples?limit={count}&confirmed=false")
        return list(found["results"])

    async def label(self, project: int, task: Task) -> None:
        """The answer, and that the task is done with it: two requests, as for whoever labels there."""
        path = f"/v1/projects/{project}/examples/{task['id']}"
        await self._json("POST", f"{path}/texts", {"text": task["text"][-600:]})
        await self._json("POST", f"{path}/states", {})

    async def exported(self, project: int) -> int:
        """How many rows came."""
        asked = {"format": "JSONL", "exportApproved": False}
        begun = await self._json("POST", f"/v1/projects/{project}/download", asked)
        await self._done(begun)
        async with self._http.get(f"/v1/projects/{project}/download?taskId={begun['task_id']}") as answer:
            with zipfile.ZipFile(io.BytesIO(await answer.read())) as files:
                return sum(files.read(name).count(b"\n") for name in files.namelist())

    async def drop(self, project: int) -> None:
        async with self._http.delete(f"/v1/projects/{project}") as answer:
            answer.raise_for_status()

    async def aclose(self) -> None:
        await self._http.close()

    async def _done(self, begun: dict[str, Any]) -> dict[str, Any]:
        while True:
            said: dict[str, Any] = await self._json("GET", f"/v1/tasks/status/{begun['task_id']}")
            if said["ready"]:
                return said
            await asyncio.sleep(GLANCE)

    async def _json(self, method: str, path: str, body: object = None) -> Any:
        async with self._http.request(method, path, json=body) as answer:
            assert answer.status < 300, (answer.status, (await answer.text())[:500])
            return await answer.json()


def _text(task: Task) -> str:
    return f"{task['prompt']}\n\n{task['draft']}"
