"""What the load does is what people do: it presses cards that hang there. Its figures are no test."""

from tests.bench.servers import ASSAY, served
from tests.load.phases import burst
from tests.load.town import Size, town
from tests.stories.steps import one_database


@one_database
async def test_every_click_of_a_burst_is_a_label_and_a_card_drawn_anew(database: str) -> None:
    async with town(database, Size(agents=3, channels=2, cards=5)) as made:
        slack = int(made.box.url.rpartition(":")[2])
        async with served(ASSAY, database=database, slack=slack) as server:
            made.box.app.request_url = f"http://127.0.0.1:{server.port}/slack/events"
            phase = await burst(made, [server], seconds=0.5, per_second=20)
    assert (phase.clicks, phase.labels, phase.redrawn, phase.failed) == (10, 10, 10, [])
    assert 0 < phase.confirmed <= phase.labels
    assert 0 < phase.acks["p50 ms"] <= phase.acks["p99 ms"]
    assert phase.usage.megabytes[0][0] > 50
