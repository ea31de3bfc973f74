"""Label Studio, driven over its HTTP API by a user's legacy token."""

from typing import Any

import aiohttp
from yarl import URL

from tests.bench.items import Task

CONFIG = (
    '<View><Text name="question" value="$prompt"/>'
    '<TextArea name="reply" toName="question" value="$draft" maxSubmissions="1"/></View>'
)
PAGE = 500


class LabelStudio:
    """A server that runs already; `address` has the token for a user name."""

    name = "Label Studio"

    def __init__(self, address: URL) -> None:
        self._http = aiohttp.ClientSession(
            address.with_user(None),
            headers={"Authorization": f"Token {address.user}"},
            timeout=aiohttp.ClientTimeout(total=600),
        )

    async def version(self) -> str:
        return str((await self._json("GET", "/api/version"))["release"])

    async def project(self) -> int:
        made = await self._json("POST", "/api/projects", {"title": "bench", "label_config": CONFIG})
        return int(made["id"])

    async def takes_in(self, project: int, tasks: list[Task], *, labelled: bool = False) -> None:
        """All of them, in one request; `labelled`: each with its draft as the answer."""
        rows = [{"data": one} | ({"annotations": [_answer(one)]} if labelled else {}) for one in tasks]
        said = await self._json("POST", f"/api/projects/{project}/import", rows)
        assert said["task_count"] == len(tasks), said

    async def waiting(self, project: int, count: int) -> list[Task]:
        """So many tasks that nobody has answered."""
        found, page = list[Task](), 1
        while len(found) < count:
            asked = f"/api/tasks?project={project}&page={page}&page_size={PAGE}"
            found += (await self._json("GET", asked))["tasks"]
            page += 1
        return found[:count]

    async def label(self, _project: int, task: Task) -> None:
        await self._json("POST", f"/api/tasks/{task['id']}/annotations", _answer(task["data"]))

    async def exported(self, project: int) -> int:
        """How many rows came."""
        return len(await self._json("GET", f"/api/projects/{project}/export?exportType=JSON"))

    async def drop(self, project: int) -> None:
        async with self._http.delete(f"/api/projects/{project}") as answer:
            answer.raise_for_status()

    async def aclose(self) -> None:
        await self._http.close()

    async def _json(self, method: str, path: str, body: object = None) -> Any:
        async with self._http.request(method, path, json=body) as answer:
            assert answer.status < 300, (answer.status, (await answer.text())[:500])
            return await answer.json(content_type=None)


def _answer(task: Task) -> dict[str, Any]:
    value = {"text": [task["draft"]]}
    return {"result": [{"from_name": "reply", "to_name": "question", "type": "textarea", "value": value}]}
