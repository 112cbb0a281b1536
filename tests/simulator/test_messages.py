"""Messages of the application to people."""

from datetime import datetime, timedelta

import pytest

from steward.simulator import Simulator
from tests.simulator.calling import Caller


@pytest.fixture
def people(app: Caller) -> list[str]:
    return [u["userid"] for u in app.get("user/simplelist", department_id=2)["userlist"]]


def _send(app: Caller, to: str, msgtype: str, payload: dict, **extra: object) -> dict:
    body = {"touser": to, "msgtype": msgtype, "agentid": app.credentials["agent_id"], msgtype: payload}
    return app.post("message/send", {**body, **extra})


def test_message_arrives_with_the_request_and_a_moment_when_sent(
    sim: Simulator, app: Caller, people: list[str]
) -> None:
    answer = app.send_text(f"{people[0]}|{people[1].upper()}")
    assert answer["msgid"]
    (message,) = sim.received
    assert (message["endpoint"], message["to"]) == ("message/send", f"{people[0]}|{people[1]}")
    assert message["body"]["text"] == {"content": "您好"}
    assert datetime.fromisoformat(message["at"]).utcoffset() == timedelta(0)
    assert message["at"].startswith("2026-11-20T08:00")


def test_wrong_recipients_come_back_in_lower_case_when_some_are_right(app: Caller, people: list[str]) -> None:
    answer = app.send_text(f"{people[0]}|NoBody|NoOne", toparty="9999", totag="3")
    assert answer["errcode"] == 0
    assert (answer["invaliduser"], answer["invalidparty"], answer["invalidtag"]) == (
        "nobody|noone",
        "9999",
        "3",
    )


def test_message_is_refused_when_every_recipient_is_wrong(sim: Simulator, app: Caller) -> None:
    refused = app.send_text("nobody")
    assert (refused["errcode"], refused["invaliduser"]) == (81013, "nobody")
    assert sim.received == []


def test_everybody_below_a_department_is_reached_when_a_party_is_named(
    sim: Simulator, app: Caller, people: list[str]
) -> None:
    app.send_text("", toparty="2")
    assert sim.received[0]["to"] == "|".join(people)


def test_everybody_is_reached_when_sent_to_all(sim: Simulator, app: Caller) -> None:
    app.send_text("@all")
    assert sim.received[0]["to"] == "@all"


@pytest.mark.parametrize(
    ("extra", "errcode"),
    [
        ({"touser": ""}, 82001),
        ({"touser": "|".join(f"u{n}" for n in range(1001))}, 40032),
        ({"toparty": "|".join(str(n) for n in range(101))}, 82002),
        ({"agentid": 1}, 301002),
        ({"agentid": None}, 40056),
        ({"msgtype": "carrier_pigeon"}, 40008),
        ({"text": {"content": ""}}, 44004),
    ],
)
def test_message_is_refused_when_a_field_is_wrong(
    app: Caller, extra: dict[str, object], errcode: int
) -> None:
    assert app.send_text("x", **extra)["errcode"] == errcode


def test_text_is_cut_between_characters_when_longer_than_2048_bytes(
    sim: Simulator, app: Caller, people: list[str]
) -> None:
    assert app.send_text(people[0], "好" * 700)["errcode"] == 0
    assert sim.received[0]["body"]["text"]["content"] == "好" * 682


def test_markdown_is_refused_when_longer_than_2048_bytes(app: Caller, people: list[str]) -> None:
    assert _send(app, people[0], "markdown", {"content": "a" * 2048})["errcode"] == 0
    assert _send(app, people[0], "markdown", {"content": "好" * 683})["errcode"] == 45002


@pytest.mark.parametrize(
    ("msgtype", "payload", "errcode"),
    [
        ("textcard", {"title": "t", "description": "d", "url": "https://a.cn"}, 0),
        ("textcard", {"title": "t", "description": "d", "url": "a.cn"}, 45034),
        ("textcard", {"title": "t", "description": "", "url": "https://a.cn"}, 40063),
        ("news", {"articles": [{"title": "t", "url": "https://a.cn"}]}, 0),
        ("news", {"articles": [{"title": "t", "url": "https://a.cn"}] * 9}, 45008),
        ("news", {"articles": []}, 40063),
        ("file", {"media_id": "unknown"}, 40007),
        ("markdown_v2", {"content": "x"}, 40008),
    ],
)
def test_content_is_checked_by_its_type(
    app: Caller, people: list[str], msgtype: str, payload: dict, errcode: int
) -> None:
    assert _send(app, people[0], msgtype, payload)["errcode"] == errcode


def test_file_arrives_with_bytes_that_can_be_fetched_when_uploaded_before(
    sim: Simulator, app: Caller, people: list[str]
) -> None:
    media_id = app.upload("media/upload", b"the report", "日报.xlsx")["media_id"]
    assert _send(app, people[0], "file", {"media_id": media_id})["errcode"] == 0
    assert sim.media(sim.received[0]["body"]["file"]["media_id"]) == ("日报.xlsx", b"the report")


def test_31st_message_in_a_minute_is_dropped_silently(sim: Simulator, app: Caller, people: list[str]) -> None:
    assert {app.send_text(people[0], str(n))["errcode"] for n in range(31)} == {0}
    assert (len(sim.received), len(sim.dropped)) == (30, 1)
    assert (sim.dropped[0]["to"], sim.dropped[0]["body"]["text"]["content"]) == (people[0], "30")
    sim.set_now(sim.now() + timedelta(seconds=61))
    app.send_text(people[0], "later")
    assert len(sim.received) == 31


def test_others_are_reached_when_one_recipient_has_had_too_many(
    sim: Simulator, app: Caller, people: list[str]
) -> None:
    sim.set_limits(member_messages_per_minute=1)
    app.send_text(people[0])
    app.send_text(f"{people[0]}|{people[1]}")
    assert sim.received[1]["to"] == people[1]
    assert sim.dropped[0]["to"] == people[0]


def test_messages_are_dropped_silently_when_hourly_limit_is_reached(
    sim: Simulator, app: Caller, people: list[str]
) -> None:
    sim.set_limits(member_messages_per_hour=2)
    for minute in range(3):
        sim.set_now(sim.now() + timedelta(minutes=minute))
        app.send_text(people[0], str(minute))
    assert len(sim.received) == 2


def test_repetition_is_answered_ok_but_not_delivered_when_duplicates_are_checked(
    sim: Simulator, app: Caller, people: list[str]
) -> None:
    first, second = (app.send_text(people[0], enable_duplicate_check=1) for _ in range(2))
    assert (second["errcode"], second["msgid"]) == (0, first["msgid"])
    assert len(sim.received) == 1
    assert sim.dropped[0]["why"] == "duplicate"


def test_repetition_is_delivered_when_interval_is_over_or_nobody_checks(
    sim: Simulator, app: Caller, people: list[str]
) -> None:
    app.send_text(people[0], enable_duplicate_check=1, duplicate_check_interval=60)
    sim.set_now(sim.now() + timedelta(seconds=61))
    app.send_text(people[0], enable_duplicate_check=1, duplicate_check_interval=60)
    app.send_text(people[1])
    app.send_text(people[1])
    assert len(sim.received) == 4


def test_message_is_refused_when_the_apps_daily_allowance_is_used_up(
    sim: Simulator, app: Caller, people: list[str]
) -> None:
    sim.set_limits(person_times_per_account=1)
    assert app.send_text("@all")["errcode"] == 0
    assert app.send_text(people[0])["errcode"] == 45009


def test_message_is_recalled_once_known_and_within_a_day(
    sim: Simulator, app: Caller, people: list[str]
) -> None:
    msgid = app.send_text(people[0])["msgid"]
    assert app.post("message/recall", {"msgid": msgid})["errcode"] == 0
    assert sim.recalled == [msgid]
    assert app.post("message/recall", {"msgid": "unknown"})["errcode"] == 40058
    sim.set_limits(token_lifetime_s=10**6, recall_window_s=0)
    assert app.post("message/recall", {"msgid": msgid})["errcode"] == 42052
