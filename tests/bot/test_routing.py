"""Which drafts are reviewed twice: as many as asked, each with the same chance, and no topic left out."""

from hypothesis import given
from hypothesis import strategies as st

from bot.routing import BLOCK, EARLY_DRAFTS, is_shared, share_by_itself

keys = st.binary(min_size=16, max_size=32)
topics = st.text(max_size=12)


def shared(key: bytes, topic: str, places: range, share: float, *, channel: int = 1) -> list[bool]:
    return [is_shared(key, channel=channel, topic=topic, place=place, share=share) for place in places]


@given(keys, topics, st.integers(0, 1_000), st.integers(0, BLOCK))
def test_each_block_of_ten_holds_exactly_its_share(key: bytes, topic: str, block: int, tenths: int) -> None:
    chosen = shared(key, topic, range(BLOCK * block, BLOCK * (block + 1)), tenths / BLOCK)
    assert sum(chosen) == tenths


@given(keys, topics, st.floats(0, 1))
def test_a_share_between_tenths_is_met_by_one_draft_more_or_less(key: bytes, topic: str, share: float) -> None:
    chosen = sum(shared(key, topic, range(BLOCK), share))
    assert BLOCK * share - 1 < chosen < BLOCK * share + 1


@given(keys, topics, st.integers(0, 10_000), st.floats(0, 1))
def test_a_draft_is_chosen_the_same_way_again(key: bytes, topic: str, place: int, share: float) -> None:
    once = is_shared(key, channel=1, topic=topic, place=place, share=share)
    assert is_shared(key, channel=1, topic=topic, place=place, share=share) == once


@given(keys, topics, st.integers(0, 10_000))
def test_none_and_all_leave_nothing_to_chance(key: bytes, topic: str, place: int) -> None:
    assert not is_shared(key, channel=1, topic=topic, place=place, share=0)
    assert is_shared(key, channel=1, topic=topic, place=place, share=1)


def test_each_place_of_a_block_has_the_same_chance() -> None:
    for share in (0.1, 0.4, 0.25):
        counts = [0] * BLOCK
        for block in range(1_000):
            for place, chosen in enumerate(shared(b"k", "billing", range(BLOCK * block, BLOCK * block + BLOCK), share)):
                counts[place] += chosen
        # Six standard deviations of a binomial count at most: sqrt(1000 / 4) is 16.
        assert all(abs(count - 1_000 * share) < 96 for count in counts)


def test_the_fraction_of_a_share_is_drawn_with_its_probability() -> None:
    chosen = sum(
        sum(shared(b"k", "billing", range(BLOCK * block, BLOCK * block + BLOCK), 0.25)) for block in range(500)
    )
    assert abs(chosen - 1_250) < 70  # two or three a block, six standard deviations


@given(keys, st.lists(topics, min_size=2, max_size=5, unique=True))
def test_no_topic_goes_without(key: bytes, named: list[str]) -> None:
    assert {topic: sum(shared(key, topic, range(BLOCK), 0.4)) for topic in named} == dict.fromkeys(named, 4)


def test_key_channel_topic_and_block_each_choose_anew() -> None:
    first = shared(b"one", "billing", range(100), 0.5)
    others = [
        shared(b"two", "billing", range(100), 0.5),
        shared(b"one", "account", range(100), 0.5),
        shared(b"one", "billing", range(100, 200), 0.5),
        shared(b"one", "billing", range(100), 0.5, channel=2),
    ]
    assert all(other != first for other in others)
    assert first[:BLOCK] != first[BLOCK : 2 * BLOCK]


def test_left_alone_half_are_shared_until_thirty_are_and_then_a_tenth() -> None:
    assert (share_by_itself(shared_so_far=0), share_by_itself(shared_so_far=EARLY_DRAFTS - 1)) == (0.5, 0.5)
    assert share_by_itself(shared_so_far=EARLY_DRAFTS) == 0.1
