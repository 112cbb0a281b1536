from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reports.fitting import Line, clip_bytes, fit, size_bytes


def more(count: int) -> str:
    return f"…另 {count} 项"


@given(st.text(), st.integers(0, 60))
def test_clip_never_exceeds_and_never_breaks_a_character(text: str, limit: int) -> None:
    clipped = clip_bytes(text, limit)
    assert size_bytes(clipped) <= limit
    assert clipped == text or clipped == "" or text.startswith(clipped.removesuffix("…"))


lines = st.lists(
    st.builds(
        Line,
        text=st.text(max_size=80),
        rank=st.integers(0, 9),
        list_name=st.sampled_from(["", "tasks", "blind"]),
        ids=st.tuples(st.integers(1, 99)),
    ),
    min_size=1,
    max_size=30,
)


@given(lines, st.integers(0, 400))
def test_fit_never_exceeds_the_limit_whatever_the_lines(given_lines: list[Line], limit: int) -> None:
    assert size_bytes(fit(given_lines, limit, more).text) <= limit


def test_everything_stays_when_there_is_room() -> None:
    fitted = fit([Line(text="a"), Line(text="b", rank=9)], 100, more)
    assert fitted.text == "a\nb"


def test_the_least_important_go_first_and_are_counted_when_room_is_short() -> None:
    items = [Line(text=f"第{n}项", rank=10 + n, list_name="tasks", ids=(n,)) for n in range(1, 7)]
    fitted = fit([Line(text="标题", list_name="tasks", count=0), *items, Line(text="落款")], 46, more)
    assert fitted.text == "标题\n第1项\n第2项\n…另 4 项\n落款"
    assert fitted.ids == (1, 2)


def test_a_list_says_how_many_when_none_of_it_fits() -> None:
    items = [Line(text="很长" * 20, rank=5, list_name="tasks", count=3)]
    assert fit([Line(text="标题", list_name="tasks", count=0), *items], 40, more).text == "标题\n…另 3 项"


def test_no_tag_is_left_open_when_even_one_line_is_too_long() -> None:
    text = fit([Line(text='<font color="info">' + "长" * 50 + "</font>")], 60, more).text
    assert "<" not in text
