"""The model's HTTP API: chat completions as OpenAI's server and most others take them."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import httpx
from pydantic import SecretStr

from bot.model_answers import LOOK, ModelUnavailable, Written, read, refused
from bot.settings import CHAT_COMPLETIONS, Settings

LARGEST = 4 * 2**20  # bytes of an answer; a reply of 48,000 characters is far below, streamed as well


@dataclass(frozen=True)
class Patience:
    """How long is waited for what, in seconds."""

    connect: float = 5.0
    read: float = 60.0  # until the first byte, and from one to the next
    whole: float = 150.0


@dataclass(frozen=True)
class Model:
    """A model that can be asked. It keeps no state, and of what went wrong it tells our words only."""

    http: httpx.AsyncClient
    url: str
    key: SecretStr = field(repr=False)
    name: str
    patience: Patience = Patience()

    @classmethod
    def of(cls, settings: Settings, http: httpx.AsyncClient) -> "Model | None":
        """The model that the settings name, if they do."""
        if settings.model is None:
            return None
        return cls(http, settings.model_url, settings.model_key, settings.model)

    async def reply(self, turns: Sequence[Mapping[str, str]], *, model: str | None = None) -> Written:
        """What the model answers to a conversation. Raises ModelUnavailable."""
        asked = model or self.name
        request = json.dumps({"model": asked, "messages": list(turns), "stream": False}, ensure_ascii=False).encode()
        try:
            async with asyncio.timeout(self.patience.whole):
                body = await self._post(request)
        except (httpx.TimeoutException, TimeoutError):
            raise ModelUnavailable("The model did not answer in time.", again=True) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            # Without its cause: an HTTP error carries the request, and the request the key.
            sentence = f"The model's server cannot be reached ({type(error).__name__}). {LOOK}."
            raise ModelUnavailable(sentence, again=True) from None
        return read(body, asked=asked, request_bytes=len(request))

    async def _post(self, request: bytes) -> bytes:
        key = self.key.get_secret_value()
        # Unpacked, a small answer could be a huge one.
        headers = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}
        headers |= {"Authorization": f"Bearer {key}"} if key else {}
        timeout = httpx.Timeout(self.patience.read, connect=self.patience.connect)
        address = f"{self.url.rstrip('/')}{CHAT_COMPLETIONS}"
        async with self.http.stream("POST", address, content=request, headers=headers, timeout=timeout) as response:
            if not response.is_success:
                raise refused(response.status_code, response.headers)
            body = bytearray()
            async for piece in response.aiter_raw():
                body += piece
                if len(body) > LARGEST:
                    raise ModelUnavailable("The model's answer is far too large.", again=False)
            return bytes(body)
