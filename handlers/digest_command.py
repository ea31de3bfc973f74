"""What `assay digest` does."""

from datetime import date, datetime
from pathlib import Path

from bot import channel_setup
from bot.digest import Editor
from bot.errors import NotFound
from bot.surfaces import digest as surface
from bot.surfaces.chart_png import png
from bot.surfaces.digest import Made
from storage.models import Channel


def printed(made: Made, chart: Path | None) -> str:
    drawn = surface.charts(made)
    if chart is not None and not drawn:
        raise NotFound("There is no chart yet: it takes two digests that say how far agents agree.")
    if chart is not None:
        chart.write_bytes(png(drawn[0]))
    return surface.as_text(made)


async def posted(editor: Editor, channel: Channel, day: date, now: datetime) -> str:
    if not channel_setup.is_set_up(channel):
        raise NotFound(f"#{channel.name} is not set up, so nothing is posted there. Type /assay setup in it.")
    if not await editor.post(channel, day, now, though_quiet=True):
        raise NotFound(f"The digest of {day} was made before, and none is posted twice. Leave --post out to read it.")
    return f"The digest of {day} waits for the bot, which posts it within a minute."
