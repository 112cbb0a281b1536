"""What leaves the house: which bytes, by which bot, and not at all when the message is somebody else's by now."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from steward.cli.ways import to_client_keys
from steward.delivery.send import Claim, ClaimLost, WeComSender, key_name
from steward.model.delivery import Accepted, NotSent, Refused
from steward.simulator import Simulator
from steward.wecom.client import WeComClient
from tests.delivery.rows import make_row

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
FILE = {"msgtype": "file", "file": {"path": "a.xlsx", "filename": "日报.xlsx"}}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(seed=3, people=30, groups=12, now=NOW) as simulator:
        yield simulator


@pytest.fixture
def sender(simulator: Simulator, tmp_path: Path) -> WeComSender:
    given = simulator.credentials()
    simulator.received.clear()
    client = WeComClient(
        base_url=given["base_url"],
        corp_id=given["corp_id"],
        secrets=given["secrets"],
        agent_id=given["agent_id"],
        bot_keys=to_client_keys({"ops": given["bot_keys"][:2]}),
        now=lambda: NOW,
        sleep=lambda _: None,
        random=random.Random(1),
    )
    (tmp_path / "a.xlsx").write_bytes(b"PK and more")
    return WeComSender(client=client, files=tmp_path)


class Kept:
    """A claim that remembers what it was asked to keep."""

    def __init__(self, lane: str, *, ours: bool = True) -> None:
        self.bodies: list[Mapping[str, Any]] = []
        self.claim = Claim(lane=lane, is_ours=lambda: ours, keep=self.bodies.append)


def test_each_lane_of_a_pool_is_another_bot(simulator: Simulator, sender: WeComSender) -> None:
    body = {"msgtype": "text", "text": {"content": "早"}}
    for lane in ("bot:ops#1", "bot:ops#2"):
        assert isinstance(
            sender.send(make_row(channel="bot", recipient="ops", body=body), Kept(lane).claim), Accepted
        )
    assert len({one["to"] for one in simulator.received}) == 2


def test_second_key_of_one_bot_is_no_other_bots_first() -> None:
    keys = to_client_keys({"ops": ["a", "b"], "ops#2": ["c"]})
    assert (keys[key_name("ops", 1)], keys[key_name("ops", 2)], keys[key_name("ops#2", 1)]) == ("a", "b", "c")
    assert len(keys) == 3


def test_file_is_uploaded_once_for_the_bot_that_sends_it(simulator: Simulator, sender: WeComSender) -> None:
    first = Kept("bot:ops#1")
    sender.send(make_row(channel="bot", recipient="ops", body=FILE), first.claim)
    [kept] = first.bodies
    assert kept["file"] == {
        **FILE["file"],  # type: ignore[dict-item]
        "media_id": kept["file"]["media_id"],
        "media_of": "bot:ops#1",
    }
    again = Kept("bot:ops#1")
    sender.send(make_row(channel="bot", recipient="ops", body=kept), again.claim)
    assert again.bodies == []
    sent = [one["body"] for one in simulator.received]
    assert sent == [{"msgtype": "file", "file": {"media_id": kept["file"]["media_id"]}}] * 2


def test_file_is_uploaded_again_when_another_bot_of_the_pool_sends_it(
    simulator: Simulator, sender: WeComSender
) -> None:
    first, second = Kept("bot:ops#1"), Kept("bot:ops#2")
    sender.send(make_row(channel="bot", recipient="ops", body=FILE), first.claim)
    outcome = sender.send(make_row(channel="bot", recipient="ops", body=first.bodies[0]), second.claim)
    assert isinstance(outcome, Accepted)
    assert second.bodies[0]["file"]["media_of"] == "bot:ops#2"


def test_file_to_persons_is_the_same_bytes_whatever_is_kept_beside_it(
    simulator: Simulator, sender: WeComSender
) -> None:
    someone = simulator.rooms()[0]["owner"]
    first = Kept("app")
    row = make_row(channel="app", recipient=someone, body=FILE)
    sender.send(row, first.claim)
    sender.send(make_row(channel="app", recipient=someone, body=first.bodies[0]), Kept("app").claim)
    assert len([one for one in simulator.received if one["endpoint"] == "message/send"]) == 1
    assert simulator.dropped[-1]["why"] == "duplicate"


def test_file_uploaded_by_an_earlier_version_is_sent_as_it_was_kept(sender: WeComSender) -> None:
    body = {"msgtype": "file", "file": {"media_id": "gone"}}
    outcome = sender.send(make_row(channel="bot", recipient="ops", body=body), Kept("bot:ops#1").claim)
    assert isinstance(outcome, Refused)
    assert outcome.errcode == 40007


@pytest.mark.parametrize("channel", ["app", "bot", "appchat"])
def test_nothing_is_written_when_the_message_is_somebody_elses_by_now(
    simulator: Simulator, sender: WeComSender, channel: str
) -> None:
    calls = dict(simulator.calls)
    body = {"msgtype": "text", "text": {"content": "迟"}}
    lane = "bot:ops#1" if channel == "bot" else channel
    outcome = sender.send(make_row(channel=channel, recipient="ops", body=body), Kept(lane, ours=False).claim)
    assert isinstance(outcome, NotSent)
    assert simulator.received == []
    assert {key: n for key, n in simulator.calls.items() if "send" in key[0]} == {
        key: n for key, n in calls.items() if "send" in key[0]
    }


def test_nothing_is_written_when_the_message_went_to_somebody_else_during_the_upload(
    simulator: Simulator, sender: WeComSender
) -> None:
    def keep(_: Mapping[str, Any]) -> None:
        raise ClaimLost

    claim = Claim(lane="bot:ops#1", is_ours=lambda: True, keep=keep)
    with pytest.raises(ClaimLost):
        sender.send(make_row(channel="bot", recipient="ops", body=FILE), claim)
    assert simulator.received == []
