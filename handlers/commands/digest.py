"""What `assay digest` does."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot import channel_setup, dates
from bot.dates import NoDate
from bot.digest import Editor, local_date
from bot.errors import NotFound
from bot.surfaces import digest as surface
from bot.surfaces.chart_png import png
from bot.surfaces.digest import Made
from handlers.commands.shared import ChannelName, Database, channel_named, run
from handlers.screen import on_screen
from handlers.wall_clock import utc_now
from storage.models import Channel


def printed(made: Made, chart: Path | None) -> str:
    drawn = surface.charts(made)
    if chart is not None and not drawn:
        raise NotFound("There is no chart yet: it takes two digests that say how far agents agree.")
    if chart is not None:
        chart.write_bytes(png(drawn[0]))
    return "\n".join(map(on_screen, surface.text_lines(made)))


async def posted(editor: Editor, channel: Channel, day: date, now: datetime) -> str:
    if not channel_setup.is_set_up(channel):
        raise NotFound(f"#{channel.name} is not set up, so nothing is posted there. Type /assay setup in it.")
    if not await editor.post(channel, day, now, though_quiet=True):
        raise NotFound(f"The digest of {day} was made before, and none is posted twice. Leave --post out to read it.")
    return f"The digest of {day} waits for the bot, which posts it within a minute."


def digest(
    channel: ChannelName,
    on: Annotated[str, typer.Option("--date", help="2026-11-20, 20 Nov, yesterday, Friday; today without it.")] = "",
    post: Annotated[bool, typer.Option("--post", help="Post it in Slack, where it was not posted before.")] = False,
    chart: Annotated[Path | None, typer.Option(help="Also draw its first chart: a PNG file.")] = None,
) -> None:
    """Print a channel's digest, or post it."""
    if post and chart is not None:
        raise typer.BadParameter("goes without --post: what is posted has its charts in Slack", param_hint="--chart")
    now = utc_now()

    async def work() -> str:
        async with Database() as sessions:
            found, editor = await channel_named(sessions, channel), Editor(sessions, utc_now)
            try:
                day = dates.of_channel(on, found, now)
            except NoDate as error:
                raise typer.BadParameter(str(error), param_hint="--date") from error
            if not post:
                return printed(await editor.make(found, now, on=day), chart)
            return await posted(editor, found, day or local_date(found, now), now)

    print(run(work()))
