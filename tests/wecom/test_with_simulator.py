"""The client against the simulated WeCom, an independent witness."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from steward.model.delivery import Accepted, NotSent, Refused, Unknown
from steward.model.group import GroupListing, Roster
from steward.simulator import Simulator
from steward.wecom import WeComClient
from steward.wecom.customer_groups import list_customer_groups, list_group_owners
from steward.wecom.directory import pull_directory
from steward.wecom.messages import send_to_users
from steward.wecom.rosters import read_rosters
from steward.wecom.webhook import send_to_bot
from tests.wecom.making import NOW, Clock, make_client

TEXT = {"msgtype": "text", "text": {"content": "请处理 1 件群成员事项"}}


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(seed=7, people=40, groups=12, now=NOW) as running:
        yield running


def client_of(simulator: Simulator, **over: Any) -> WeComClient:
    given = simulator.credentials()
    return make_client(
        given["base_url"],
        corp_id=given["corp_id"],
        agent_id=given["agent_id"],
        secrets=given["secrets"],
        bot_keys={f"bot{number}": key for number, key in enumerate(given["bot_keys"])},
        **over,
    )


def somebody(client: WeComClient) -> str:
    snapshot = pull_directory(client, NOW).snapshot
    assert snapshot is not None
    return next(one.userid for one in snapshot.employees if one.status == "active")


def test_directory_is_complete_when_nothing_is_refused(simulator: Simulator) -> None:
    pulled = pull_directory(client_of(simulator), NOW)
    assert pulled.snapshot is not None
    assert pulled.snapshot.complete
    assert len(pulled.snapshot.employees) >= 40
    assert not pulled.problems


def test_every_group_of_the_company_is_read_when_listed(simulator: Simulator) -> None:
    client = client_of(simulator)
    listings = list_customer_groups(client, list_group_owners(client))
    rosters = [one for one in read_rosters(client, listings, NOW) if isinstance(one, Roster)]
    assert len(listings) > 0
    assert {one.chat_id for one in rosters} == {one.chat_id for one in listings}
    assert all(one.members for one in rosters)
    assert {member.kind for one in rosters for member in one.members} == {"staff", "external"}


def test_round_goes_on_when_all_tokens_are_revoked_in_the_middle(simulator: Simulator) -> None:
    client = client_of(simulator)
    owners = list_group_owners(client)
    simulator.revoke_tokens()
    assert list_customer_groups(client, owners)


@pytest.mark.parametrize(
    "fault",
    [
        {"errcode": -1},
        {"errcode": 45033},
        {"errcode": 45009},
        {"cut": "before"},
        {"cut": "after"},
        {"body": b"<html>"},
    ],
)
def test_roster_is_read_when_a_fault_passes(simulator: Simulator, fault: dict[str, Any]) -> None:
    client = client_of(simulator)
    listings = list_customer_groups(client, list_group_owners(client))[:1]
    simulator.fail_next("externalcontact/groupchat/get", times=2, **fault)
    assert [type(one) for one in read_rosters(client, listings, NOW)] == [Roster]


def test_message_arrives_once_when_the_outbox_repeats_an_unknown_one(simulator: Simulator) -> None:
    client = client_of(simulator)
    userid = somebody(client)
    simulator.fail_next("message/send", cut="after")
    assert isinstance(send_to_users(client, userid, TEXT), Unknown)
    assert isinstance(send_to_users(client, userid, TEXT), Accepted)
    assert len(simulator.received) == 1


def test_message_arrives_once_when_the_token_was_refused_first(simulator: Simulator) -> None:
    client = client_of(simulator)
    userid = somebody(client)
    simulator.revoke_tokens()
    assert isinstance(send_to_users(client, userid, TEXT), Accepted)
    assert len(simulator.received) == 1


def test_post_is_unknown_and_not_repeated_when_the_answer_was_cut(simulator: Simulator) -> None:
    simulator.fail_next("webhook/send", cut="after")
    assert isinstance(send_to_bot(client_of(simulator), "bot0", TEXT), Unknown)
    assert len(simulator.received) == 1


def test_post_is_refused_for_a_minute_when_it_is_the_twenty_first(simulator: Simulator) -> None:
    client = client_of(simulator)
    outcomes = [
        send_to_bot(client, "bot0", {"msgtype": "text", "text": {"content": f"第{n}条"}}) for n in range(21)
    ]
    assert [type(one) for one in outcomes[:20]] == [Accepted] * 20
    last = outcomes[20]
    assert isinstance(last, Refused)
    assert (last.errcode, last.wait and last.wait.total_seconds()) == (45009, 60)


def test_nothing_is_sent_when_the_secret_is_wrong(simulator: Simulator) -> None:
    client = client_of(simulator)
    given = simulator.credentials()
    wrong = make_client(
        given["base_url"], Clock(), corp_id=given["corp_id"], secrets={"app": "not-the-secret"}
    )
    outcome = send_to_users(wrong, somebody(client), TEXT)
    assert isinstance(outcome, NotSent)
    assert outcome.remedy


def test_app_chats_and_rooms_are_read_when_the_simulator_knows_them(simulator: Simulator) -> None:
    listings = [
        GroupListing(chat_id=room["chat_id"], kind=room["kind"])
        for room in simulator.rooms()
        if room["kind"] in ("app", "archived")
    ]
    found = list(read_rosters(client_of(simulator), listings, NOW))
    assert len(found) == len(listings) > 0
    assert all(isinstance(one, Roster) for one in found)
