"""The table of errcodes, whole and acted on: every errcode on every endpoint."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from steward.model import delivery
from steward.wecom import WeComClient, WeComError
from steward.wecom.app_chats import (
    create_app_chat,
    get_app_chat,
    send_to_app_chat,
    update_app_chat,
)
from steward.wecom.archived_rooms import get_archived_room
from steward.wecom.customer_groups import get_customer_group, list_customer_groups, list_group_owners
from steward.wecom.departments import get_department, list_department_ids, list_departments
from steward.wecom.errcodes import ERRCODES, classify
from steward.wecom.media import upload_media
from steward.wecom.messages import recall, send_to_users, update_template_card
from steward.wecom.users import get_employee, list_employee_ids, list_employee_names, list_employees
from steward.wecom.verdicts import limit_window, to_error
from steward.wecom.webhook import send_to_bot, upload_bot_media
from tests.wecom.making import NOW, make_client
from tests.wecom.replay import Replay

TEXT = {"msgtype": "text", "text": {"content": "x"}}
Ask = Callable[[WeComClient], Any]
READS: dict[str, Ask] = {
    "department/list": list_departments,
    "department/simplelist": list_department_ids,
    "department/get": lambda client: get_department(client, 1),
    "user/list": lambda client: list_employees(client, [1]),
    "user/simplelist": lambda client: list_employee_names(client, [1]),
    "user/list_id": list_employee_ids,
    "user/get": lambda client: get_employee(client, "zhangsan"),
    "externalcontact/get_follow_user_list": list_group_owners,
    "externalcontact/groupchat/list": lambda client: list_customer_groups(client, ["a"]),
    "externalcontact/groupchat/get": lambda client: get_customer_group(client, "wr1", NOW),
    "appchat/get": lambda client: get_app_chat(client, "c1", NOW),
    "msgaudit/groupchat/get": lambda client: get_archived_room(client, "wr1", NOW),
    "media/upload": lambda client: upload_media(client, "file", "a.txt", b"12345"),
    "webhook/upload_media": lambda client: upload_bot_media(client, "hr", "a.txt", b"12345"),
}
SENDS: dict[str, Ask] = {
    "message/send": lambda client: send_to_users(client, "a", TEXT),
    "message/update_template_card": lambda client: update_template_card(client, "code", {"button": {}}),
    "message/recall": lambda client: recall(client, "m1"),
    "appchat/send": lambda client: send_to_app_chat(client, "c1", TEXT),
    "webhook/send": lambda client: send_to_bot(client, "hr", TEXT),
}
CHANGES: dict[str, Ask] = {
    "appchat/create": lambda client: create_app_chat(client, name="n", owner_userid="a", userids=["a", "b"]),
    "appchat/update": lambda client: update_app_chat(client, "c1", name="n"),
}
WITHOUT_TOKEN = {"webhook/send", "webhook/upload_media"}
TWICE = (
    {("externalcontact/groupchat/get", code) for code in (40031, 40032, 40035, 40058, 40063, 45029)}
    | {("user/list_id", code) for code in (50100, 60268)}
    | {("externalcontact/groupchat/list", code) for code in (50100, 60268)}
)
"""Asked again in another way: without names, from the first page."""


@pytest.fixture
def server() -> Iterator[Replay]:
    with Replay() as replay:
        yield replay


def force(server: Replay, endpoint: str) -> Iterator[tuple[int, WeComClient]]:
    """Yield every errcode once the endpoint answers it, with a client to meet it."""
    client = make_client(server.base_url)
    for errcode in ERRCODES:
        server.script[endpoint] = {"errcode": errcode, "errmsg": "forced"}
        server.asked.clear()
        yield errcode, client


def tries(endpoint: str, errcode: int) -> int:
    row = classify(errcode)
    if row.retry_class == "retry":
        return row.most_retries + 1
    if row.retry_class == "wait":
        return 3 if errcode == 45009 else 1
    if row.retry_class == "token":
        return 1 if endpoint in WITHOUT_TOKEN else 2
    return 2 if (endpoint, errcode) in TWICE else 1


def acted_class(endpoint: str, errcode: int) -> str:
    fresh_token_of_wrong_kind = errcode == 40001 and endpoint not in WITHOUT_TOKEN
    return "never" if fresh_token_of_wrong_kind else classify(errcode).retry_class


@pytest.mark.parametrize("endpoint", READS)
def test_read_raises_the_class_of_every_errcode_after_its_tries_when_forced(
    server: Replay, endpoint: str
) -> None:
    for errcode, client in force(server, endpoint):
        with pytest.raises(WeComError) as raised:
            READS[endpoint](client)
        assert raised.value.retry_class == acted_class(endpoint, errcode), errcode
        assert raised.value.errcode == errcode
        assert len(server.asked_of(endpoint)) == tries(endpoint, errcode), errcode


@pytest.mark.parametrize("endpoint", CHANGES)
def test_change_raises_the_class_of_every_errcode_and_leaves_once_when_forced(
    server: Replay, endpoint: str
) -> None:
    for errcode, client in force(server, endpoint):
        row = ERRCODES[errcode]
        with pytest.raises(WeComError) as raised:
            CHANGES[endpoint](client)
        assert raised.value.retry_class == acted_class(endpoint, errcode), errcode
        assert len(server.asked_of(endpoint)) == (2 if row.retry_class == "token" else 1), errcode


@pytest.mark.parametrize("endpoint", SENDS)
def test_send_is_refused_with_the_class_of_every_errcode_and_none_is_lost_when_forced(
    server: Replay, endpoint: str
) -> None:
    for errcode, client in force(server, endpoint):
        row, outcome = ERRCODES[errcode], SENDS[endpoint](client)
        assert isinstance(outcome, delivery.Refused), errcode
        assert (outcome.errcode, outcome.retry_class) == (errcode, acted_class(endpoint, errcode))
        assert (outcome.wait is not None) == (row.retry_class == "wait")
        assert outcome.remedy == row.remedy
        resent = row.retry_class == "token" and endpoint not in WITHOUT_TOKEN
        assert len(server.asked_of(endpoint)) == (2 if resent else 1), errcode


REFERENCE = Path(__file__).parents[3] / "shared" / "wecom-api.md"
CLASS_OF_MARK = {"Y": "retry", "T": "token", "W": "wait", "N": "never"}


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference of WeCom's API is not at hand")
def test_table_has_every_errcode_of_the_reference_in_its_class_when_compared() -> None:
    section = REFERENCE.read_text("utf-8").split("## 14.")[1].split("Client-side:")[0]
    for cell, _, mark in re.findall(r"^\| (-?[\d][^|]*?) \| (.*?) \| ?(.*?) ?\|$", section, re.MULTILINE):
        if cell == "0":
            continue
        classes = {CLASS_OF_MARK[letter] for letter in re.findall(r"\b[YTWN]\b", mark)}
        for errcode in expand(cell):
            assert errcode in ERRCODES, errcode
            assert ERRCODES[errcode].retry_class in classes, errcode


def expand(cell: str) -> list[int]:
    codes: list[int] = []
    for part in re.split(r"[,/]", cell.replace(" ", "")):
        low, _, high = part.partition("–")
        codes.extend(range(int(low), int(high or low) + 1))
    return codes


def test_errcode_is_retried_twice_at_most_when_nobody_knows_it() -> None:
    row = classify(123456)
    assert (row.code, row.retry_class, row.most_retries) == (123456, "retry", 2)


@pytest.mark.parametrize(
    ("errmsg", "wait"),
    [
        ("api freq out of limit, hint: [1576065934_28_e0fae0], from ip: 9.30.0.138", timedelta(seconds=60)),
        ("api minute-quota reach limit", timedelta(seconds=60)),
        ("api hourly freq out of limit", timedelta(hours=1)),
        ("reach max api daily quota limit", timedelta(hours=15, minutes=30)),
        ("monthly quota", timedelta(days=30)),
    ],
)
def test_limit_lasts_its_own_window_when_errmsg_names_it(errmsg: str, wait: timedelta) -> None:
    assert limit_window(45009, errmsg, datetime(2026, 11, 20, 0, 30, tzinfo=UTC)) == wait


@pytest.mark.parametrize("errcode", [60020, 301042])
def test_remedy_names_the_step_and_our_ip_when_it_is_not_trusted(errcode: int) -> None:
    errmsg = "not allow to access from your ip, hint: [1_2_3], from ip: 203.0.113.7, more info at https://x"
    remedy = to_error(errcode, errmsg, "department/list", now=NOW).remedy
    assert remedy is not None
    assert "可信IP" in remedy
    assert "出口 IP 203.0.113.7" in remedy
