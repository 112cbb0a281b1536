from __future__ import annotations

import pytest

from steward.clock.cron import parse_cron

SUN, MON, TUE, WED, THU, FRI, SAT = range(7)


@pytest.mark.parametrize(
    ("text", "weekdays"),
    [
        ("0", {SUN}),
        ("1", {MON}),
        ("2", {TUE}),
        ("3", {WED}),
        ("4", {THU}),
        ("5", {FRI}),
        ("6", {SAT}),
        ("7", {SUN}),
        ("sun", {SUN}),
        ("Mon", {MON}),
        ("1-5", {MON, TUE, WED, THU, FRI}),
        ("mon-fri", {MON, TUE, WED, THU, FRI}),
        ("0-6", set(range(7))),
        ("0-7", set(range(7))),
        ("1-7", set(range(7))),
        ("5-7", {FRI, SAT, SUN}),
        ("6-0", {SAT, SUN}),
        ("5-1", {FRI, SAT, SUN, MON}),
        ("fri-mon", {FRI, SAT, SUN, MON}),
        ("sat-sun", {SAT, SUN}),
        ("7-1", {SUN, MON}),
        ("1,3,fri", {MON, WED, FRI}),
        ("0,7", {SUN}),
        ("*/2", {SUN, TUE, THU, SAT}),
        ("*/7", {SUN}),
        ("1-7/2", {MON, WED, FRI, SUN}),
        ("fri-tue/2", {FRI, SUN, TUE}),
    ],
)
def test_weekdays_mean_what_crontab_means(text: str, weekdays: set[int]) -> None:
    assert set(parse_cron(f"0 9 * * {text}").weekdays) == weekdays


@pytest.mark.parametrize(
    ("expression", "part", "values"),
    [
        ("*/15 * * * *", "minutes", (0, 15, 30, 45)),
        ("5-20/5,3 * * * *", "minutes", (3, 5, 10, 15, 20)),
        ("0 */6 * * *", "hours", (0, 6, 12, 18)),
        ("0 0 1,15,15 * *", "days", (1, 15)),
        ("0 0 1 JAN,jul *", "months", (1, 7)),
        ("0 0 29 2 *", "days", (29,)),
        ("0 0 30,31 1-4 *", "days", (30, 31)),
        ("0 0 */10 * *", "days", (1, 11, 21, 31)),
        ("0 0 * * *", "days", tuple(range(1, 32))),
    ],
)
def test_a_part_is_read_into_its_values(expression: str, part: str, values: tuple[int, ...]) -> None:
    assert getattr(parse_cron(expression), part) == values


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("", "有 0 段，应为 5 段"),
        ("37 8 * *", "有 4 段，应为 5 段"),
        ("0 37 8 * * 1", "有 6 段，应为 5 段"),
        ("60 8 * * *", '第 1 段（分钟）的 "60"：不在 0–59 之内'),
        ("0 24 * * *", '第 2 段（小时）的 "24"：不在 0–23 之内'),
        ("0 0 0 * *", '第 3 段（日期）的 "0"：不在 1–31 之内'),
        ("0 0 * 13 *", '第 4 段（月份）的 "13"：不在 1–12 之内'),
        ("0 0 * * 8", '第 5 段（星期）的 "8"：不在 0–7 之内'),
        ("0 0 * * monday", '"monday"：看不懂'),
        ("x 0 * * *", '"x"：看不懂'),
        ("１ 0 * * *", '"１"：看不懂'),
        ("-1 0 * * *", '"-1"：看不懂'),
        ("1,,2 0 * * *", '""：看不懂'),
        ("0 0 L * *", '"l"：看不懂'),
        ("0 18-9 * * *", '"18-9"：范围的起点大于终点'),
        ("*/0 * * * *", "步长要是大于 0 的整数"),
        ("*/x * * * *", "步长要是大于 0 的整数"),
        ("*/ * * * *", "步长要是大于 0 的整数"),
        ("5/15 * * * *", "步长前面要写 * 或一个范围"),
        ("0 9 1 * 1", '同时限定了日期（第 3 段 "1"）和星期（第 5 段 "1"）'),
        ("0 9 */2 * 1-5", "同时限定了日期"),
        ("0 9 1-31 * 1", "同时限定了日期"),
        ("0 9 1 * 0-6", "同时限定了日期"),
        ("0 9 30 2 *", "永远不会触发：2 月没有 30 日"),
        ("0 9 31 2,4,6,9,11 *", "2、4、6、9、11 月没有 31 日"),
    ],
)
def test_an_expression_is_refused_with_place_and_reason_when_it_is_wrong(expression: str, told: str) -> None:
    with pytest.raises(ValueError) as refusal:
        parse_cron(expression)
    assert told in str(refusal.value)
    assert f'cron 表达式 "{expression}"' in str(refusal.value)
    assert "可以写" in str(refusal.value) or "例如" in str(refusal.value)
