"""What `doctor` concludes, line by line."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from steward.cli.diagnosis import (
    Answer,
    Line,
    judge_agent,
    judge_bot,
    judge_credential,
    judge_range,
    judge_receivers,
    judge_right,
    judge_trusted_ip,
)
from steward.cli.diagnosis_here import (
    judge_calendar,
    judge_clock,
    judge_database,
    judge_disk,
    judge_folder,
    judge_font,
    judge_python,
    judge_timezone,
)
from steward.wecom.errors import NoAnswer
from steward.wecom.verdicts import to_error

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def make_refusal(errcode: int, errmsg: str = "no", endpoint: str = "department/list") -> Answer:
    hint = f"{errmsg}, hint: [1_2_3], from ip: 203.0.113.9, more info at https://open.work.weixin.qq.com"
    return Answer(error=to_error(errcode, hint, endpoint, now=NOW))


SILENCE = Answer(error=NoAnswer("没有得到回答", "gettoken", maybe_arrived=False))
GOOD = Answer(count=3)


def judge_app(*answers: Answer, **over: Any) -> Line:
    values = {"is_set": True, "source": "env:APP", "where": "管理后台", "is_needed": True, **over}
    return judge_credential("secret.app", "应用", answers, **values)


def test_credential_is_ok_when_any_call_got_past_the_token() -> None:
    assert judge_app(GOOD).state == "ok"
    assert judge_app(make_refusal(60020)).state == "ok"


def test_credential_is_refused_with_the_console_page_when_the_token_is() -> None:
    line = judge_app(make_refusal(40001, endpoint="gettoken"))
    assert line.state == "refused"
    assert "40001" in line.detail
    assert "hint" not in line.detail
    assert "应用管理" in (line.remedy or "")


def test_credential_names_its_variable_when_that_is_not_set() -> None:
    line = judge_app(is_set=False)
    assert line.state == "refused"
    assert "环境变量 APP" in line.detail
    assert "管理后台" in (line.remedy or "")
    assert "删去" not in (line.remedy or "")
    assert "删去" in (judge_app(is_set=False, is_needed=False).remedy or "")


def test_credential_is_unknown_when_nothing_answers_or_nothing_is_configured() -> None:
    assert judge_app(SILENCE).state == "unknown"
    assert judge_app(Answer()).state == "unknown"
    assert judge_app(source=None).state == "unknown"


def test_right_is_ok_when_rows_came_or_wecom_only_wants_a_narrower_question() -> None:
    assert judge_right("k", "n", GOOD, "{count} 个").detail == "3 个"
    assert judge_right("k", "n", make_refusal(81017), "").state == "ok"


def test_right_is_refused_with_the_step_that_mends_it_when_wecom_says_no() -> None:
    line = judge_right("k", "n", make_refusal(48002), "")
    assert line.state == "refused"
    assert "可调用接口的应用" in (line.remedy or "")


@pytest.mark.parametrize(
    "answer", [Answer(), SILENCE, make_refusal(60020), make_refusal(40001, endpoint="gettoken")]
)
def test_right_is_unknown_when_the_question_never_got_through(answer: Answer) -> None:
    assert judge_right("k", "n", answer, "").state == "unknown"


@pytest.mark.parametrize("errcode", [60020, 301042])
def test_address_is_named_when_wecom_does_not_trust_it(errcode: int) -> None:
    line = judge_trusted_ip([GOOD, make_refusal(errcode)])
    assert line.state == "refused"
    assert "203.0.113.9 " in line.detail
    assert "IP" in (line.remedy or "")


def test_address_is_unknown_when_no_call_got_so_far() -> None:
    assert judge_trusted_ip([SILENCE, Answer()]).state == "unknown"
    assert judge_trusted_ip([GOOD]).state == "ok"


def test_app_is_refused_when_closed_or_its_id_is_anothers() -> None:
    assert judge_agent(7, GOOD, is_closed=True).state == "refused"
    assert judge_agent(7, make_refusal(301002, endpoint="agent/get"), is_closed=False).state == "refused"
    assert judge_agent(7, GOOD, is_closed=False).state == "ok"
    assert judge_agent(7, SILENCE, is_closed=False).state == "unknown"


def test_range_is_refused_when_the_root_is_not_seen_and_nothing_fills_the_gap() -> None:
    assert judge_range([1, 2], contacts_work=False).state == "ok"
    assert judge_range([2, 3], contacts_work=True).state == "ok"
    assert judge_range(None, contacts_work=True).state == "unknown"
    line = judge_range([2, 3], contacts_work=False)
    assert line.state == "refused"
    assert "根部门" in (line.remedy or "")


def test_receivers_are_refused_by_name_when_somebody_is_not_there() -> None:
    line = judge_receivers({"a": True, "b": False, "c": None}, has_channel=True)
    assert line.state == "refused"
    assert line.detail.endswith("b")
    assert judge_receivers({}, has_channel=False).state == "refused"
    assert judge_receivers({"c": None}, has_channel=True).state == "unknown"
    assert judge_receivers({"a": True}, has_channel=True).state == "ok"
    assert judge_receivers({}, has_channel=True).state == "ok"


def test_bot_is_refused_when_its_key_is_not_set() -> None:
    assert judge_bot("hr", "env:KEY", is_set=True).state == "ok"
    assert judge_bot("hr", "env:KEY", is_set=False).state == "refused"


@pytest.mark.parametrize(
    ("offset_s", "state"), [(0, "ok"), (-60, "ok"), (61, "refused"), (-3600, "refused"), (None, "unknown")]
)
def test_clock_is_refused_when_more_than_a_minute_off(offset_s: int | None, state: str) -> None:
    assert judge_clock(None if offset_s is None else timedelta(seconds=offset_s)).state == state


def test_calendar_is_refused_when_this_years_days_are_guesses() -> None:
    assert judge_calendar(date(2026, 3, 1), {2026: True}).state == "refused"
    assert judge_calendar(date(2026, 3, 1), {2026: False}).state == "ok"
    assert judge_calendar(date(2026, 11, 20), {2026: False, 2027: True}).state == "unknown"
    assert judge_calendar(date(2026, 11, 20), {2026: False, 2027: False}).state == "ok"


def test_machine_is_refused_when_it_lacks_what_the_service_needs() -> None:
    assert judge_python((3, 10, 12)).state == "refused"
    assert judge_python((3, 13, 0)).state == "ok"
    assert judge_disk(1_000_000).state == "refused"
    assert judge_disk(None).state == "unknown"
    assert judge_disk(10**10).state == "ok"
    assert judge_folder("var", "Permission denied").state == "refused"
    assert judge_folder("var", None).state == "ok"
    assert judge_timezone("Asia/Shanghai", is_known=False).state == "refused"
    assert judge_database("x.db", "0001", ["坏了", "又坏"], is_there=True).state == "refused"
    assert judge_database("x.db", "0001", [], is_there=True).state == "ok"
    assert judge_database("x.db", None, [], is_there=False).state == "unknown"


def test_missing_font_stops_nobody_when_the_service_needs_none() -> None:
    assert judge_font(None).state == "unknown"
    assert judge_font("Noto Sans CJK SC").state == "ok"
