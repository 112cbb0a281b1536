"""Whatever WeCom answers: no job dies silently, no message is lost, and the last good data stay in force."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from steward.delivery.budget import Ways
from steward.intake.employees import read_employees
from steward.model.run import Run
from steward.store.directory import apply_directory
from steward.store.groups import load_groups
from steward.store.lanes import load_lanes, open_lanes
from steward.store.outbox import OutboxRow
from steward.store.schema import employees, memberships
from steward.store.sources import load_sources
from steward.wecom.directory import pull_directory
from steward.wecom.errcodes import ERRCODES, classify
from steward.wecom.reach import GONE
from tests.factories import make_delivery
from tests.scenarios.town import THURSDAY, WEDNESDAY, Town, at, open_town

ALWAYS = 1_000_000
ALL_CODES = (*sorted(ERRCODES), 987654)
UNLIMITED = {
    "member_messages_per_minute": 10**6,
    "member_messages_per_hour": 10**6,
    "person_times_per_account": None,
    "bot_messages_per_minute": 10**6,
    "wrong_secrets_before_block": 10**6,
}
# What is treated in a way of its own, one of each class, and one that nobody knows.
SPECIAL = frozenset(
    {40001, 40013, 40014, 41001, 42001, 40056, 48001, 48002, 48009, 50003, 60011, 60020, 301042, 987654}
    | {-1, 45033, 45009, 45036, 81017, 40031, 40058, 50100, 60268, 60111, 45029, 6000}
    | GONE
)
READ_BY: dict[str, tuple[str, dict[str, int]]] = {
    # endpoint -> the job that reads it, and what must be refused first so that the job comes to it
    "gettoken": ("sync_directory", {}),
    "department/list": ("sync_directory", {}),
    "department/simplelist": ("sync_directory", {"department/list": 60011}),
    "department/get": ("sync_directory", {"department/list": 60011}),
    "user/list": ("sync_directory", {}),
    "user/simplelist": ("sync_directory", {"user/list": 60011}),
    "user/list_id": ("sync_directory", {"user/list": 60011, "user/simplelist": 60011}),
    "externalcontact/get_follow_user_list": ("sync_groups", {}),
    "externalcontact/groupchat/list": ("sync_groups", {}),
    "externalcontact/groupchat/get": ("sync_groups", {}),
    "appchat/get": ("sync_groups", {}),
    "msgaudit/groupchat/get": ("sync_groups", {}),
}
GARBAGE = {
    "html": b"<html><body>502 Bad Gateway</body></html>",
    "truncated": b'{"errcode":0,"errmsg":"ok","userlist":[{"userid":"zh',
    "null": b"null",
    "list": b"[]",
    "empty": b"",
    "no fields": b'{"errcode":0,"errmsg":"ok"}',
    "wrong fields": b'{"errcode":0,"department":7,"userlist":null,"group_chat":[],"chat_info":"x","members":{}}',
    "text errcode": b'{"errcode":"many"}',
}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    yield from settled_town(tmp_path)


@pytest.fixture
def town_without_bundles(tmp_path: Path) -> Iterator[Town]:
    yield from settled_town(tmp_path, more="[delivery]\nbundle = false")


def settled_town(folder: Path, **settings: Any) -> Iterator[Town]:
    with open_town(folder, people=24, groups=6, **settings) as found:
        found.simulator.set_limits(**UNLIMITED)
        found.run("sync_directory")
        found.run("sync_groups")
        found.clock.leave_wecom_behind()
        yield found


def truth(town: Town) -> tuple[int, int, int]:
    """Return how many people, groups and members are in force."""
    with town.house.database.read() as connection:
        people = select(func.count()).select_from(employees).where(employees.c.left_at.is_(None))
        members = select(func.count()).select_from(memberships)
        return (
            connection.execute(people).scalar_one(),
            len(load_groups(connection)),
            connection.execute(members).scalar_one(),
        )


def meet(town: Town, endpoint: str, **fault: Any) -> Run:
    """Run the job that reads an endpoint while that endpoint does nothing but fail."""
    job, first = READ_BY[endpoint]
    # Tokens are fetched anew each time, and what a wrong secret blocked for an hour is free again.
    town.clock.set(town.clock.now() + timedelta(hours=3))
    for other, errcode in first.items():
        town.simulator.fail_next(other, errcode=errcode, times=ALWAYS)
    town.simulator.fail_next(endpoint, times=ALWAYS, **fault)
    run = town.run(job)
    town.simulator.clear_faults()
    return run


def codes_for(endpoint: str) -> list[int]:
    """Return the special errcodes, and of the others every one at one endpoint or another."""
    place, count = list(READ_BY).index(endpoint), len(READ_BY)
    return [code for number, code in enumerate(ALL_CODES) if code in SPECIAL or number % count == place]


def check_said(town: Town, run: Run, what: object) -> None:
    assert run.finished_at is not None, what
    if run.state == "failed":
        told = [row for row in town.outbox if row.idempotency_key.startswith(f"admin_alert:run:{run.id}:")]
        assert len(told) == 1, what
        assert run.error, what


@pytest.mark.parametrize("endpoint", READ_BY)
def test_last_data_stay_in_force_and_trouble_is_said_whatever_errcode_a_read_meets(
    town: Town, endpoint: str
) -> None:
    before = truth(town)
    for errcode in codes_for(endpoint):
        what = (endpoint, errcode)
        run = meet(town, endpoint, errcode=errcode)
        check_said(town, run, what)
        is_group = endpoint.endswith(("groupchat/get", "appchat/get"))
        if is_group and errcode in GONE:
            assert run.counts["gone_groups"] > 0, what
            town.clock.set(town.clock.now() + timedelta(minutes=1))
            town.run("sync_groups")
        elif endpoint == "externalcontact/get_follow_user_list":
            assert run.state == "ok", what  # everybody in the directory is asked for instead
        else:
            assert run.state in ("partial", "failed"), what
        assert truth(town) == before, what


@pytest.mark.parametrize("endpoint", READ_BY)
def test_last_data_stay_in_force_when_the_answer_to_a_read_is_garbage(town: Town, endpoint: str) -> None:
    before = truth(town)
    for name, body in GARBAGE.items():
        what = (endpoint, name)
        run = meet(town, endpoint, body=body, status=502 if name == "html" else 200)
        check_said(town, run, what)
        assert truth(town) == before, what
        if endpoint != "externalcontact/get_follow_user_list":
            assert run.state in ("partial", "failed"), what


def test_group_is_unreadable_and_named_in_the_digest_when_its_answer_is_garbage(town: Town) -> None:
    town.simulator.fail_next("appchat/get", body=GARBAGE["null"], times=ALWAYS)
    runs = town.live(WEDNESDAY)
    assert runs["sync_groups"].state == "partial"
    with town.house.database.read() as connection:
        unreadable = [group for group in load_groups(connection) if group.status == "unreadable"]
    assert {group.kind for group in unreadable} == {"app"}
    assert all("读取失败" in str(group.unreadable_reason) for group in unreadable)
    assert town.found("stale_data") == {(group.chat_id, group.chat_id) for group in unreadable}
    [digest] = [text for _, text in town.texts() if text.startswith("**群管日报")]
    assert "数据过期" in digest
    town.simulator.clear_faults()
    assert town.live(THURSDAY)["sync_groups"].state == "ok"


DIRECTORY = ("department/list", "department/simplelist", "user/list", "user/simplelist", "user/list_id")


@pytest.mark.parametrize("errcode", [48009, 60011, 60020])
def test_round_goes_on_and_says_what_it_could_not_see_when_the_directory_is_refused(
    tmp_path: Path, errcode: int
) -> None:
    with open_town(tmp_path, people=24, groups=6) as town:
        for endpoint in DIRECTORY:
            town.simulator.fail_next(endpoint, errcode=errcode, times=ALWAYS)
        runs = town.live(WEDNESDAY)
        assert [
            runs[job].state for job in ("sync_directory", "sync_groups", "check_members", "daily_digest")
        ] == [
            "failed",
            "ok",
            "ok",
            "ok",
        ]
        [digest] = [text for _, text in town.texts() if text.startswith("**群管日报")]
        assert "通讯录" in digest
        assert str(errcode) in digest
        # Outsiders are seen all the same; who is no longer an employee nobody can say.
        assert town.found("non_employee") == set(town.simulator.planted["outsiders"])
        [alert] = [text for to, text in town.texts() if to.startswith("bot:")]
        assert str(errcode) in alert


def test_employee_list_takes_the_place_of_a_directory_that_is_refused(tmp_path: Path) -> None:
    with open_town(tmp_path, people=24, groups=6) as town:
        town.clock.set(at(WEDNESDAY, time(7, 5)))
        known = pull_directory(town.house.client, town.clock.now()).snapshot
        assert known is not None
        names = {one.id: one.name for one in known.departments}
        rows = [f"{one.userid},{one.name},{names[one.department_ids[0]]}" for one in known.employees]
        for endpoint in DIRECTORY:
            town.simulator.fail_next(endpoint, errcode=60011, times=ALWAYS)
        table = "\n".join(["账号,姓名,部门", *rows]).encode()
        intake = read_employees(table, filename="员工.csv", now=town.clock.now())
        with town.house.database.begin() as connection:
            apply_directory(connection, intake.snapshot)
        runs = town.live(WEDNESDAY)
        assert runs["check_members"].state == "ok"
        planted = town.simulator.planted
        strangers = town.found("non_employee") | town.found("former_employee")
        assert strangers == set(planted["outsiders"]) | set(planted["former_employees"])


def test_jobs_end_and_say_so_when_everything_is_refused(town: Town) -> None:
    before = truth(town)
    for errcode in (60020, 40001, -1, 45009):
        town.clock.set(town.clock.now() + timedelta(hours=3))
        town.simulator.fail_next("*", errcode=errcode, times=ALWAYS)
        for job in ("sync_directory", "sync_groups", "check_members"):
            check_said(town, town.run(job), (errcode, job))
        town.simulator.clear_faults()
        assert truth(town) == before
    with town.house.database.read() as connection:
        refused = {source.name for source in load_sources(connection) if source.detail}
    assert refused >= {"departments", "customer_groups", "archived_rooms", "app_chats"}


def queue(town: Town, *deliveries: Any) -> None:
    with town.house.database.begin() as connection:
        town.house.gate.enqueue(connection, deliveries, now=town.clock.now())


def rows_of(town: Town, topic: str) -> list[OutboxRow]:
    return sorted((row for row in town.outbox if row.topic == topic), key=lambda row: row.id)


def text_of(key: str) -> dict[str, Any]:
    return {"msgtype": "markdown", "markdown": {"content": f"请处理 {key}"}}


def app_message(town: Town, key: str) -> Any:
    return make_delivery(key, recipient=town.heads[1], body=text_of(key), topic="test")


def bot_message(_: Town, key: str) -> Any:
    return make_delivery(key, channel="bot", recipient="hr", body=text_of(key), topic="test")


def app_file(town: Town, key: str) -> Any:
    return make_delivery(key, recipient=town.heads[1], body=file_of(town, key), topic="test")


def bot_file(town: Town, key: str) -> Any:
    return make_delivery(key, channel="bot", recipient="hr", body=file_of(town, key), topic="test")


def file_of(town: Town, key: str) -> dict[str, Any]:
    path = town.house.files / f"{key}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"<p>{key}, long enough</p>")
    return {"msgtype": "file", "file": {"path": path.name, "filename": path.name}}


SENDS: dict[str, tuple[str, Callable[[Town, str], Any]]] = {
    "message/send": ("message/send", app_message),
    "webhook/send": ("webhook/send", bot_message),
    "media/upload": ("message/send", app_file),
    "webhook/upload_media": ("webhook/send", bot_file),
}


@pytest.mark.parametrize("endpoint", SENDS)
def test_message_is_sent_once_or_given_up_aloud_whatever_errcode_it_meets(
    town_without_bundles: Town, endpoint: str
) -> None:
    town = town_without_bundles
    arrives_at, make = SENDS[endpoint]
    town.clock.set(at(WEDNESDAY, time(9, 0)))
    # As many at once as there are errcodes.
    town.house.worker = replace(town.house.worker, ways=Ways())
    for number, errcode in enumerate(ALL_CODES):
        # More urgent than all that wait to be tried again: it is this one that meets the fault.
        made = make(town, f"{endpoint.replace('/', '-')} {errcode}")
        queue(town, replace(made, priority=-number))
        # Often enough for the client's own second try, or third, to meet it as well.
        town.simulator.fail_next(endpoint, errcode=errcode, times=8 if "upload" in endpoint else 2)
        town.house.worker.deliver_one()
        town.simulator.clear_faults()
        town.house.worker.deliver_due()
        mend(town)
    town.deliver_for(3, timedelta(minutes=20))
    assert_settled(town, arrives_at)


def mend(town: Town) -> None:
    """Open again what a refusal closed, as a person does who has changed the key."""
    with town.house.database.begin() as connection:
        open_lanes(connection, [lane.name for lane in load_lanes(connection)])


def is_a_test(body: Mapping[str, Any]) -> bool:
    return body["msgtype"] == "file" or "请处理" in str(body)


def assert_settled(town: Town, arrives_at: str) -> None:
    """Every test message arrived once, or is dead and the admins heard of it."""
    rows = rows_of(town, "test")
    arrived = [
        one
        for one in town.received(arrives_at)
        if "请处理" in str(one["body"]) or one["body"]["msgtype"] == "file"
    ]
    sent = [row for row in rows if row.status == "sent"]
    assert len(arrived) == len(sent)
    fates = {int(row.idempotency_key.split()[-1]): row for row in rows}
    for errcode in ALL_CODES:
        row = fates[errcode]
        retry_class = classify(errcode).retry_class
        final = retry_class == "never" or (errcode == 40001 and row.status == "dead")
        assert row.status == ("dead" if final else "sent"), (errcode, row)
        about = f"admin_alert:outbox:{row.status}:{row.channel}:"
        told = [
            one
            for one in town.outbox
            if one.idempotency_key.startswith(about) and f":{errcode}:" in one.idempotency_key
        ]
        assert len(told) == (1 if final else 0), (errcode, row)


UNUSABLE = [GARBAGE[name] for name in ("html", "truncated", "null", "list", "empty", "text errcode")]


@pytest.mark.parametrize("cut", [{"cut": "before"}, {"cut": "after"}, *({"body": body} for body in UNUSABLE)])
def test_app_message_arrives_exactly_once_when_its_answer_is_lost(town: Town, cut: dict[str, Any]) -> None:
    town.clock.set(at(WEDNESDAY, time(9, 0)))
    queue(town, app_message(town, "one"))
    town.simulator.fail_next("message/send", **cut)
    town.run("deliver")
    town.deliver_for(1)
    assert [row.status for row in rows_of(town, "test")] == ["sent"]
    arrived = [one for one in town.received() if "请处理 one" in str(one["body"])]
    assert len(arrived) == 1


@pytest.mark.parametrize(
    "cut", [{"cut": "after"}, {"cut": "before"}, {"body": GARBAGE["html"], "status": 502}]
)
def test_bot_message_is_never_repeated_and_the_admins_are_asked_when_its_answer_is_lost(
    town: Town, cut: dict[str, Any]
) -> None:
    town.clock.set(at(WEDNESDAY, time(9, 0)))
    queue(town, bot_message(town, "one"))
    town.simulator.fail_next("webhook/send", **cut)
    town.run("deliver")
    town.deliver_for(1)
    [row] = rows_of(town, "test")
    assert row.status == "unknown"
    arrived = [one for one in town.received("webhook/send") if "请处理 one" in str(one["body"])]
    assert len(arrived) == (1 if cut.get("cut") == "after" else 0)
    assert [one.status for one in rows_of(town, "admin_alert")] == ["sent"]


def test_file_is_uploaded_once_and_its_message_arrives_once_when_the_answer_is_lost(town: Town) -> None:
    town.clock.set(at(WEDNESDAY, time(9, 0)))
    queue(town, app_file(town, "one"))
    town.simulator.fail_next("message/send", cut="after")
    town.run("deliver")
    town.deliver_for(1)
    assert [row.status for row in rows_of(town, "test")] == ["sent"]
    assert town.simulator.calls["media/upload", 0] == 1
    assert len([one for one in town.received() if one["body"]["msgtype"] == "file"]) == 1


def test_file_that_is_no_longer_there_is_given_up_with_the_way_to_make_it_again(town: Town) -> None:
    town.clock.set(at(WEDNESDAY, time(9, 0)))
    queue(town, app_file(town, "one"))
    (town.house.files / "one.html").unlink()
    town.run("deliver")
    [row] = rows_of(town, "test")
    assert row.status == "dead"
    assert "one.html" in str(row.detail)
    assert "main.py run daily_digest" in str(row.remedy)


def test_alert_that_cannot_be_brought_raises_no_alert(town: Town) -> None:
    town.clock.set(at(WEDNESDAY, time(9, 0)))
    queue(town, make_delivery("one", recipient="nobody.at.all", topic="test"))
    town.simulator.fail_next("webhook/send", errcode=93000, times=ALWAYS)
    town.run("deliver")
    town.deliver_for(3)
    assert [row.status for row in rows_of(town, "test")] == ["dead"]
    assert [row.status for row in rows_of(town, "admin_alert")] == ["dead"]


def test_others_get_the_digest_when_one_of_hr_is_no_longer_there(town: Town) -> None:
    town.clock.set(at(WEDNESDAY, time(9, 0)))
    both = make_delivery("one", recipient=f"{town.heads[1]}|left.long.ago", body=text_of("one"), topic="test")
    queue(town, both)
    town.run("deliver")
    [row] = rows_of(town, "test")
    assert (row.status, row.detail) == ("sent", "未能送达：left.long.ago")
    assert [one["to"] for one in town.received() if "请处理 one" in str(one["body"])] == [town.heads[1]]
