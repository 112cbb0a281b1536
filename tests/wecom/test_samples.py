"""Every published answer of an endpoint we use, old form and new, through a plain replay server."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from steward.model.delivery import Accepted
from steward.model.directory import Department, Employee
from steward.model.group import GroupListing, Member, Roster
from steward.wecom import WeComClient
from steward.wecom.answers import to_moment
from steward.wecom.app_chats import create_app_chat, get_app_chat, send_to_app_chat, update_app_chat
from steward.wecom.archived_rooms import get_archived_room
from steward.wecom.customer_groups import get_customer_group, list_customer_groups, list_group_owners
from steward.wecom.departments import get_department, list_department_ids, list_departments
from steward.wecom.media import upload_media
from steward.wecom.messages import recall, send_to_users, update_template_card
from steward.wecom.users import get_employee, list_employee_ids, list_employee_names, list_employees
from steward.wecom.webhook import send_to_bot, upload_bot_media
from tests.wecom.making import NOW, make_client
from tests.wecom.replay import Raw, Replay

SAMPLES = Path(__file__).parents[3] / "shared" / "wecom-samples" / "api"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the published samples are not at hand")

RESEARCH = Department(id=2, name="广州研发中心", parent_id=1, order=10)
MAIL = Department(id=3, name="邮箱产品部", parent_id=2, order=40)
ZHANG = Employee(
    userid="zhangsan",
    name="李四",
    alias="jackzhang",
    position="后台工程师",
    department_ids=(1, 2),
    main_department_id=1,
)
MEDIA = "1G6nrLmr5EC3MMb_-zK1dDdzmd0p7cNliYu9V5w7o8K0"
CHAT = "wrOgQhDgAAMYQiS5ol9G7gK9JVAAAA"
JOINED = 1572505491
CUSTOMERS = Roster(
    chat_id=CHAT,
    kind="customer",
    name="销售客服群",
    owner_userid="zhushengben",
    created_at=to_moment(1572505490),
    members=(
        Member("abel", "staff", "客服小张", "张三丰", JOINED, "jack"),
        Member("wmOgQhDgAAuXFJGwbve4g4iXknfOAAAA", "external", "顾客老王", "王语嫣", JOINED, None),
    ),
    seen_at=NOW,
)
TEXT = {"msgtype": "text", "text": {"content": "x"}}
CASES: list[tuple[str, Callable[[WeComClient], Any], Any]] = [
    ("department.list.response.json", list_departments, [RESEARCH, MAIL]),
    (
        "department.list.response.v2.json",
        list_departments,
        [
            replace(RESEARCH, leader_userids=("zhangsan", "lisi")),
            replace(MAIL, leader_userids=("lisi", "wangwu")),
        ],
    ),
    (
        "department.simplelist.response.json",
        list_department_ids,
        [replace(RESEARCH, name=None), replace(MAIL, name=None)],
    ),
    (
        "department.get.response.json",
        lambda client: get_department(client, 2),
        replace(RESEARCH, leader_userids=("zhangsan", "lisi")),
    ),
    ("user.list.response.json", lambda client: list_employees(client, [1, 2]), [ZHANG]),
    (
        "user.list.response.v2.json",
        lambda client: list_employees(client, [1]),
        [replace(ZHANG, direct_leader_userids=("lisi",))],
    ),
    (
        "user.simplelist.response.json",
        lambda client: list_employee_names(client, [1]),
        [Employee(userid="zhangsan", name="张三", department_ids=(1, 2))],
    ),
    (
        "user.list_id.response.json",
        list_employee_ids,
        [Employee(userid="zhangsan", department_ids=(1, 2)), Employee(userid="lisi", department_ids=(2,))],
    ),
    ("user.get.response.json", lambda client: get_employee(client, "zhangsan").name, "张三"),
    (
        "user.get.response.v2.json",
        lambda client: get_employee(client, "zhangsan").direct_leader_userids,
        ("lisi",),
    ),
    ("externalcontact.get_follow_user_list.response.json", list_group_owners, ["zhangsan", "lissi"]),
    (
        "externalcontact.groupchat.list.response.json",
        lambda client: list_customer_groups(client, ["abel"]),
        [
            GroupListing(chat_id=CHAT, kind="customer"),
            GroupListing(chat_id="wrOgQhDgAAcwMTB7YmDkbeBsAAAA", kind="customer"),
        ],
    ),
    (
        "externalcontact.groupchat.get.response.json",
        lambda client: get_customer_group(client, CHAT, NOW),
        CUSTOMERS,
    ),
    (
        "externalcontact.groupchat.get.response.v2.json",
        lambda client: get_customer_group(client, CHAT, NOW),
        replace(CUSTOMERS, member_version="71217227bbd112ecfe3a49c482195cb4"),
    ),
    (
        "appchat.get.response.json",
        lambda client: get_app_chat(client, "CHATID", NOW),
        Roster(
            chat_id="CHATID",
            kind="app",
            name="NAME",
            owner_userid="userid2",
            members=tuple(Member(f"userid{n}", "staff") for n in (1, 2, 3)),
            seen_at=NOW,
        ),
    ),
    (
        "appchat.create.response.json",
        lambda client: create_app_chat(client, name="NAME", owner_userid="a", userids=["a", "b"]),
        "CHATID",
    ),
    ("appchat.update.response.json", lambda client: update_app_chat(client, "CHATID", name="NAME"), None),
    ("appchat.send.response.json", lambda client: send_to_app_chat(client, "CHATID", TEXT), Accepted()),
    (
        "msgaudit.groupchat.get.response.json",
        lambda client: get_archived_room(client, "wrNplhCgAAIVZohLe57zKnvIV7xBKrig", NOW),
        Roster(
            chat_id="wrNplhCgAAIVZohLe57zKnvIV7xBKrig",
            kind="archived",
            name="蓦然回首",
            owner_userid="zhangwenchao",
            created_at=to_moment(1592361604),
            members=(
                Member("zhangwenchao", "staff", joined_unix_s=1592361605),
                Member("xujinsheng", "staff", joined_unix_s=1592377076),
            ),
            seen_at=NOW,
        ),
    ),
    (
        "message.send.response.json",
        lambda client: send_to_users(client, "a|b", TEXT),
        Accepted(message_id="xxxx", refused_recipients=("userid1", "userid2", "userid3", "userid4")),
    ),
    (
        "message.update_template_card.response.json",
        lambda client: update_template_card(client, "code", {"button": {}}),
        Accepted(),
    ),
    (
        "message.update_template_card.response.v2.json",
        lambda client: update_template_card(client, "code", {"button": {}}),
        Accepted(refused_recipients=("userid1", "userid2")),
    ),
    ("message.recall.response.json", lambda client: recall(client, "m"), Accepted()),
    ("webhook.send.response.json", lambda client: send_to_bot(client, "hr", TEXT), Accepted()),
    (
        "webhook.upload_media.response.json",
        lambda client: upload_bot_media(client, "hr", "日报.xlsx", b"12345"),
        MEDIA,
    ),
    ("media.upload.response.json", lambda client: upload_media(client, "file", "日报.xlsx", b"12345"), MEDIA),
]
NOT_OURS = (
    "externalcontact.groupchat.onjob",
    "externalcontact.groupchat.stat",
    "externalcontact.groupchat.tran",
)


def endpoint_of(sample: str) -> str:
    return sample.split(".response.")[0].replace(".", "/")


@pytest.mark.parametrize(("sample", "ask", "expected"), CASES, ids=[case[0] for case in CASES])
def test_published_answer_becomes_our_records_when_replayed(
    sample: str, ask: Callable[[WeComClient], Any], expected: object
) -> None:
    with Replay({endpoint_of(sample): Raw((SAMPLES / sample).read_bytes())}) as server:
        server.script["gettoken"] = Raw((SAMPLES / "gettoken.response.json").read_bytes())
        assert ask(make_client(server.base_url)) == expected


def test_every_published_answer_of_our_families_is_read_when_new_ones_are_added() -> None:
    ours = (
        *("department.", "user.list", "user.get.", "user.simplelist", "appchat.", "message.", "webhook."),
        *("externalcontact.groupchat.", "externalcontact.get_follow", "msgaudit.groupchat", "media.upload."),
    )
    there = {path.name for path in SAMPLES.glob("*.response*.json") if path.name.startswith(ours)}
    read = {case[0] for case in CASES}
    assert {name for name in there - read if not name.startswith(NOT_OURS)} == set()


@pytest.mark.parametrize("name", ["error.42001.getcallbackip.json", "error.60011.externalcontact.get.json"])
def test_published_refusal_keeps_its_hint_when_raised(name: str) -> None:
    body = (SAMPLES / name).read_bytes()
    with Replay({"department/list": Raw(body)}) as server, pytest.raises(Exception, match="hint: ") as error:
        make_client(server.base_url).call("department/list")
    assert error.value.errcode == json.loads(body)["errcode"]  # type: ignore[attr-defined]
