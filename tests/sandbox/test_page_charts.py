"""Charts, tables and pictures on the sandbox's page, on a screen and on a phone, in light and in dark."""

import io

import pytest
from PIL import Image
from playwright.async_api import Browser, Locator, Page, expect

from tests.browsers import PHONE, sideways
from tests.sandbox.callers import Json
from tests.sandbox.limit_samples import cells, data_table
from tests.sandbox.offices import Office
from tests.sandbox.test_page import office

__all__ = ["office"]  # the fixture

pytestmark = pytest.mark.browser

DAYS = [f"{day} November" for day in range(1, 15)]
REASONS = ["Wrong facts", "Missing information", "Too long for that"]


def chart(kind: str, labels: list[str], **values: float) -> Json:
    series = [
        {"name": name, "data": [{"label": label, "value": value} for label in labels]} for name, value in values.items()
    ]
    drawn = {"type": kind, "series": series, "axis_config": {"categories": labels}}
    return {"type": "data_visualization", "title": kind, "chart": drawn}


CHARTS = [chart("line", DAYS, Agreement=0.7, low=0.6, high=0.8), chart("bar", REASONS, Drafts=3)]
TABLE = data_table([cells(5, "about this long")] * 4)


async def touching(names: Locator) -> list[str]:
    """Names below a chart that lie on one another, or outside of it."""
    found: list[str] = await names.evaluate_all(
        """names => {
          const boxes = names.map((name) => name.getBoundingClientRect());
          const frame = names[0].ownerSVGElement.getBoundingClientRect();
          const on = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom - 3 && b.top < a.bottom - 3;
          return names.filter((name, at) => boxes[at].left < frame.left - 1 || boxes[at].right > frame.right + 1
            || boxes.some((other, place) => place !== at && on(boxes[at], other))).map((name) => name.textContent);
        }"""
    )
    return found


@pytest.mark.parametrize("width", [1_280, PHONE[0]])
async def test_what_stands_below_charts_can_be_read_on_every_screen(office: Office, page: Page, width: int) -> None:
    await office.post("Charts", [*CHARTS, TABLE])
    await page.set_viewport_size({"width": width, "height": PHONE[1]})
    await page.goto(office.address(office.ana))
    drawn = page.locator(".chart-picture:visible")
    await expect(drawn).to_have_count(2)
    for at in range(2):
        names = drawn.nth(at).locator("text[text-anchor=middle]")
        assert await names.count() >= 3
        assert await touching(names) == []
        assert await names.first.evaluate("name => name.getBoundingClientRect().height") >= 10
    assert await sideways(page) == 0


async def test_the_lines_of_a_chart_differ_and_stand_out_in_light_and_in_dark(office: Office, browser: Browser) -> None:
    await office.post("Charts", CHARTS)
    tones = []
    for scheme in ("light", "dark"):
        context = await browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
        opened = await context.new_page()
        await opened.goto(office.address(office.ana))
        await expect(opened.locator(".chart-picture:visible")).to_have_count(2)
        lines = opened.locator(".chart-picture.wide path.line")
        tones.append(await lines.evaluate_all("lines => lines.map((line) => getComputedStyle(line).stroke)"))
        await context.close()
    assert [len(set(each)) for each in tones] == [3, 3]
    assert not set(tones[0]) & set(tones[1])


async def test_a_picture_that_the_app_uploaded_is_seen(office: Office, page: Page) -> None:
    held = io.BytesIO()
    Image.new("RGB", (40, 20), "#0b6653").save(held, "PNG")
    file = office.box.world.files.ask("chart.png", len(held.getvalue()))
    file.data, file.ready_at = held.getvalue(), 0.0
    await office.post("A chart", [{"type": "image", "slack_file": {"id": file.id}, "alt_text": "Agreement rose."}])
    await page.goto(office.address(office.ana))
    picture = page.get_by_role("img", name="Agreement rose.")
    await expect(picture).to_be_visible()
    await expect(picture).to_have_js_property("naturalWidth", 40)
