"""Tokens, and which secret may do what."""

from datetime import timedelta

import pytest

from steward.simulator import Simulator
from tests.simulator.calling import Caller, rooms_of


def test_token_stays_the_same_while_it_is_valid(app: Caller) -> None:
    again = app.fetch_token(app.credentials["secrets"]["app"])
    assert again["access_token"] == app.token
    assert again["expires_in"] == 7200


def test_tokens_differ_between_secrets(app: Caller, archive: Caller) -> None:
    assert app.token != archive.token


def test_token_is_expired_when_two_hours_have_passed(sim: Simulator, app: Caller) -> None:
    sim.set_now(sim.now() + timedelta(seconds=7200))
    assert app.get("getcallbackip")["errcode"] == 42001
    assert app.fetch_token(app.credentials["secrets"]["app"])["access_token"] != app.token


def test_token_is_invalid_when_revoked(sim: Simulator, app: Caller) -> None:
    sim.revoke_tokens()
    assert app.get("getcallbackip")["errcode"] == 40014
    assert app.fetch_token(app.credentials["secrets"]["app"])["access_token"] != app.token


def test_call_is_refused_when_token_is_missing(app: Caller) -> None:
    assert app.get("getcallbackip", token=None)["errcode"] == 41001


@pytest.mark.parametrize(
    ("query", "errcode"),
    [
        ({}, 41002),
        ({"corpid": "ww0"}, 41004),
        ({"corpid": "ww0", "corpsecret": "x"}, 40013),
    ],
)
def test_token_is_refused_when_corp_or_secret_is_missing_or_wrong(
    app: Caller, query: dict[str, str], errcode: int
) -> None:
    assert app.get("gettoken", token=None, **query)["errcode"] == errcode


def test_wrong_secret_is_refused_when_corp_is_right(app: Caller) -> None:
    assert app.fetch_token("wrong")["errcode"] == 40001


def test_caller_is_blocked_for_an_hour_when_secrets_are_wrong_repeatedly(sim: Simulator, app: Caller) -> None:
    assert [app.fetch_token("wrong")["errcode"] for _ in range(5)] == [40001] * 5
    right = app.credentials["secrets"]["app"]
    assert app.fetch_token(right)["errcode"] == 45009
    sim.set_now(sim.now() + timedelta(seconds=3601))
    assert app.fetch_token(right)["errcode"] == 0


@pytest.mark.parametrize(
    ("path", "errcode"),
    [
        ("department/list", 48009),
        ("department/get", 48009),
        ("user/list", 48009),
        ("user/simplelist", 48009),
        ("user/get", 48009),
        ("externalcontact/get_follow_user_list", 48002),
        ("appchat/get", 48002),
    ],
)
def test_contacts_secret_is_refused_when_it_asks_for_more_than_ids(
    contacts: Caller, path: str, errcode: int
) -> None:
    assert contacts.get(path)["errcode"] == errcode


def test_contacts_secret_may_list_ids_and_departments(contacts: Caller) -> None:
    assert contacts.post("user/list_id")["errcode"] == 0
    assert contacts.get("department/simplelist")["errcode"] == 0


def test_app_secret_is_refused_when_it_asks_for_ids_or_the_archive(app: Caller) -> None:
    assert app.post("user/list_id")["errcode"] == 48002
    assert app.post("msgaudit/groupchat/get")["errcode"] == 48002


@pytest.mark.parametrize("path", ["user/get", "department/simplelist", "media/get"])
def test_archive_secret_is_refused_when_it_leaves_its_family(archive: Caller, path: str) -> None:
    assert archive.get(path)["errcode"] == 48002


def test_message_is_refused_when_secret_belongs_to_no_app(contacts: Caller, archive: Caller) -> None:
    assert contacts.send_text("@all")["errcode"] == 301002
    assert archive.send_text("@all")["errcode"] == 301002


def test_customer_groups_are_refused_when_app_is_not_on_the_list(sim: Simulator, app: Caller) -> None:
    sim.set_limits(app_rights=["directory", "message"])
    refused = app.get("externalcontact/get_follow_user_list")
    assert (refused["errcode"], refused["follow_user"]) == (48002, [])


def test_call_is_refused_with_the_address_when_ip_is_not_trusted(sim: Simulator, app: Caller) -> None:
    sim.set_limits(trusted_ips=["203.0.113.7"])
    refused = app.get("getcallbackip")
    assert refused["errcode"] == 60020
    assert "from ip: 127.0.0.1" in refused["errmsg"]
    sim.set_limits(trusted_ips=["127.0.0.1"])
    assert app.get("getcallbackip")["errcode"] == 0


def test_archive_has_its_own_addresses_when_ip_is_not_trusted(sim: Simulator, archive: Caller) -> None:
    sim.set_limits(trusted_ips=["203.0.113.7"])
    assert archive.post("msgaudit/get_permit_user_list")["errcode"] == 0
    sim.set_limits(archive_trusted_ips=["203.0.113.7"])
    assert archive.post("msgaudit/get_permit_user_list")["errcode"] == 301042


def test_rest_of_company_is_hidden_when_visible_range_is_one_department(sim: Simulator, app: Caller) -> None:
    first, other = (d["id"] for d in app.get("department/list")["department"][1:3])
    outside = app.get("user/list", department_id=other)["userlist"][0]["userid"]
    inside = app.get("user/list", department_id=first)["userlist"][0]["userid"]
    sim.set_limits(visible_departments=[first])
    assert [d["id"] for d in app.get("department/list")["department"]] == [first]
    assert app.get("user/list", department_id=other)["errcode"] == 60011
    assert app.get("user/get", userid=outside)["errcode"] == 60111
    assert app.get("user/get", userid=inside)["direct_leader"] == []
    assert app.send_text(f"{inside}|{outside.upper()}")["invaliduser"] == outside
    assert app.send_text(outside)["errcode"] == 81013


def test_group_is_refused_when_owner_is_out_of_range(sim: Simulator, app: Caller) -> None:
    room = rooms_of(sim, "customer")[0]
    others = [
        d["id"] for d in app.get("department/list")["department"] if d["id"] not in (1, room["department_id"])
    ]
    sim.set_limits(visible_departments=others[:1])
    assert app.post("externalcontact/groupchat/get", {"chat_id": room["chat_id"]})["errcode"] == 60011
    assert room["chat_id"] not in str(app.post("externalcontact/groupchat/list", {"limit": 100}))
