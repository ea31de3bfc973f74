"""What a message needs before Slack takes it: its charts uploaded as pictures, or fewer blocks.

Each step is written down by whoever takes it, so that none is repeated without need. A file that is uploaded twice
harms nobody: it belongs to no channel until a message holds it.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import CannotDeliver, NotNow, SlackBusy, SlackUnclear
from bot.slack_calls import answered, put
from bot.surfaces import composed
from bot.surfaces.blocks import Message
from bot.surfaces.chart_png import png
from bot.surfaces.charts import Chart

TRIES = 4  # to upload, and to post what was uploaded: then the message goes without pictures
# Slack answers before it has looked through a file; a message that holds one too early is refused.
PROCESSED = timedelta(seconds=2)
AGAIN = timedelta(seconds=10)
AT_ONCE = timedelta()


@dataclass(frozen=True)
class Step:
    """What to send next, and how long to wait before."""

    message: Message
    wait: timedelta


async def prepared(slack: AsyncWebClient, message: Message) -> Step | None:
    """The step that has to be taken before the message can be sent; None: it can be sent as it is.

    Raises NotNow where Slack refuses this account everything.
    """
    charts = composed.to_draw(message)
    if not charts:
        return None
    try:
        files = [await _uploaded(slack, chart) for chart in charts]
    except SlackBusy as busy:
        return _again(message, timedelta(seconds=busy.seconds))
    except SlackUnclear:
        return _again(message, AGAIN)
    except CannotDeliver as refused:
        if isinstance(refused, NotNow) and refused.everywhere:
            raise
        return _plainer(message)  # no scope, or a workspace that has no files
    return Step({**message, "files": files, "tries": 0}, PROCESSED)


def refused(message: Message) -> Step | None:
    """What to send after a message's blocks were refused; None when its text alone was.

    Pictures may not have been fit to be shown yet.
    """
    if message.get("files") and message.get("tries", 0) < TRIES - 1:
        return _again(message, AGAIN)
    return _plainer(message)


def _again(message: Message, wait: timedelta) -> Step | None:
    tries = message.get("tries", 0) + 1
    return Step({**message, "tries": tries}, wait) if tries < TRIES else _plainer(message)


def _plainer(message: Message) -> Step | None:
    less = composed.plainer(message)
    return None if less is None else Step(less, AT_ONCE)


async def _uploaded(slack: AsyncWebClient, chart: Chart) -> str:
    """The id of a file that shows the chart. Raises CannotDeliver, SlackBusy or SlackUnclear."""
    data = await asyncio.to_thread(png, chart)
    asked = await answered(
        slack.files_getUploadURLExternal(filename="chart.png", length=len(data), alt_txt=composed.alt_text(chart))
    )
    address, file = asked.get("upload_url"), asked.get("file_id")
    if not address or not file or slack.session is None:
        raise CannotDeliver("no_upload_url")
    await put(slack.session, str(address), data, proxy=slack.proxy)
    await answered(slack.files_completeUploadExternal(files=[{"id": file, "title": chart.title or "Chart"}]))
    return str(file)
