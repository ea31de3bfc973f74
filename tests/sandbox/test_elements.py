"""What a browser makes of typed text, and how values are stated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.elements import initial, put_in, stated
from sandbox.refusals import NotSeen
from tests.sandbox.limit_samples import options, select

AREA = {"type": "plain_text_input", "action_id": "t", "multiline": True}


@given(st.text())
def test_typed_text_has_unix_line_ends_and_is_stable(typed: str) -> None:
    held = put_in(AREA, typed)
    assert held is None or (isinstance(held, str) and "\r" not in held)
    assert put_in(AREA, held) == held


@given(st.text(alphabet=st.characters(exclude_characters="\r"), min_size=1))
def test_text_without_carriage_returns_arrives_as_it_was_typed(typed: str) -> None:
    assert put_in(AREA, typed) == typed


def test_an_empty_text_is_nothing() -> None:
    assert put_in(AREA, "") is None
    assert stated(AREA, None) == {"type": "plain_text_input", "value": None}


@pytest.mark.parametrize(
    ("element", "value", "shown"),
    [
        (select(initial_option=options(2)[1]), "1", {"selected_option": options(2)[1]}),
        (select(), None, {"selected_option": None}),
        ({"type": "checkboxes", "options": options(2)}, [], {"selected_options": []}),
        ({"type": "users_select", "initial_user": "U1"}, "U1", {"selected_user": "U1"}),
        ({"type": "multi_users_select", "initial_users": ["U1"]}, ["U1"], {"selected_users": ["U1"]}),
        ({"type": "datetimepicker", "initial_date_time": 1795262400}, "1795262400", {"selected_date_time": 1795262400}),
        ({"type": "number_input", "initial_value": "7"}, "7", {"value": "7"}),
    ],
)
def test_a_field_begins_with_its_initial_value(
    element: dict[str, object], value: object, shown: dict[str, object]
) -> None:
    began = initial(element)
    assert began == value
    assert stated(element, began) == {"type": element["type"], **shown}


def test_one_value_is_not_a_list() -> None:
    with pytest.raises(NotSeen, match="takes one value"):
        put_in(select(), ["1"])
    with pytest.raises(NotSeen, match="takes a list"):
        put_in({"type": "checkboxes", "options": options(2)}, "1")
