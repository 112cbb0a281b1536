"""Charts: every bar as long as its number, nothing drawn for what nobody knows."""

from __future__ import annotations

from xml.etree import ElementTree

from reports.chart import COLOURS, WIDTH, Part, clip_width, text_width
from reports.chart_bars import Bar, stacked_bars
from reports.chart_trend import Day, trend

PARTS = (Part(name="等您处理", colour="open"), Part(name="群主", colour="owner"))
NAMES = ("未了结", "新发现", "已解决")


def make_day(name: str = "11-20", open_count: int | None = 9, **over: int | None) -> Day:
    return Day(name=name, open_count=open_count, **{"new_count": 2, "resolved_count": 1, **over})  # type: ignore[arg-type]


def bars_of(colour: str, chart_boxes: object) -> list[float]:
    return [box.width for box in chart_boxes if box.colour == colour and box.height != 12]  # type: ignore[attr-defined]


def test_bars_are_as_long_as_their_numbers_and_lie_end_to_end() -> None:
    chart = stacked_bars(
        PARTS, [Bar(name="非本公司人员", counts=(2, 6)), Bar(name="群昵称", counts=(0, 4))], "x"
    )
    assert bars_of(COLOURS["open"], chart.boxes) == [96.0]
    assert bars_of(COLOURS["owner"], chart.boxes) == [288.0, 192.0]
    first, second = (box for box in chart.boxes if box.height != 12 and box.y == chart.boxes[2].y)
    assert first.x + first.width == second.x


def test_something_is_never_drawn_as_nothing() -> None:
    chart = stacked_bars(PARTS, [Bar(name="多", counts=(0, 5000)), Bar(name="少", counts=(1, 0))], "x")
    assert bars_of(COLOURS["open"], chart.boxes) == [2]


def test_drawing_is_well_formed_and_inside_its_frame_whatever_the_names() -> None:
    chart = stacked_bars(PARTS, [Bar(name="<b>&" * 40, counts=(1, 1))], '说明 <"&')
    root = ElementTree.fromstring(chart.to_svg())
    for rect in root.iter("{http://www.w3.org/2000/svg}rect"):
        assert float(rect.attrib["x"]) + float(rect.attrib["width"]) <= WIDTH
    texts = [text.text or "" for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert any(text.startswith("<b>&") and text.endswith("…") for text in texts)


def test_nothing_is_drawn_for_a_day_nobody_knows_and_the_line_is_broken() -> None:
    unknown = make_day("11-19", None, new_count=None, resolved_count=None)
    chart = trend([make_day("11-18"), unknown, make_day("11-20")], NAMES, "未知", "x")
    lines = [path for path in chart.paths if path.dots]
    assert [len(path.points) for path in lines] == [1, 1]
    assert "未知" in [label.text for label in chart.labels]
    assert len(bars_of(COLOURS["closed"], chart.boxes)) == 2


def test_zero_is_drawn_as_no_bar_but_is_known() -> None:
    chart = trend([make_day(new_count=0, resolved_count=0), make_day()], NAMES, "未知", "x")
    assert "未知" not in [label.text for label in chart.labels]
    assert len(bars_of(COLOURS["closed"], chart.boxes)) == 1


def test_line_of_what_is_open_starts_from_zero() -> None:
    chart = trend(
        [make_day(open_count=10), make_day(open_count=5), make_day(open_count=0)], NAMES, "未知", "x"
    )
    (line,) = (path for path in chart.paths if path.dots)
    (_, ten), (_, five), (_, zero) = line.points
    assert zero - five == five - ten > 0


def test_name_is_cut_where_its_room_ends() -> None:
    assert clip_width("群昵称", 60) == "群昵称"
    assert text_width(clip_width("群昵称不符合规定", 60)) <= 60
