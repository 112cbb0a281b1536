"""What became of a message: accepted, refused, not sent, or unknown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Event

import pytest

from steward.model.delivery import Accepted, NotSent, Outcome, Refused, Unknown
from steward.wecom import WeComClient
from steward.wecom.app_chats import send_to_app_chat
from steward.wecom.messages import send_to_users
from steward.wecom.webhook import send_to_bot
from tests.wecom.making import BOT_KEY, closed_port_url, make_client
from tests.wecom.replay import Answer, Raw, Replay

BODY = {"msgtype": "markdown", "markdown": {"content": "**群管日报**"}}
SENDS: dict[str, Callable[[WeComClient], Outcome]] = {
    "message/send": lambda client: send_to_users(client, "a|b", BODY),
    "appchat/send": lambda client: send_to_app_chat(client, "c1", BODY),
    "webhook/send": lambda client: send_to_bot(client, "hr", BODY),
}
every_channel = pytest.mark.parametrize("endpoint", SENDS)


@every_channel
@pytest.mark.parametrize(
    "fault",
    [
        Raw(cut="before"),
        Raw(b'{"errcode":0', cut="inside"),
        Raw(b"<html>", 502),
        Raw(b"null"),
        Raw(b""),
        Raw(b"{}", 500),
    ],
)
def test_end_is_unknown_when_the_answer_cannot_be_read(endpoint: str, fault: Answer) -> None:
    with Replay({endpoint: fault}) as server:
        outcome = SENDS[endpoint](make_client(server.base_url))
    assert isinstance(outcome, Unknown)
    assert endpoint in outcome.detail
    assert len(server.asked_of(endpoint)) == 1


@every_channel
def test_end_is_unknown_when_the_answer_takes_too_long(endpoint: str) -> None:
    end = Event()

    def slow(_: object) -> Answer:
        end.wait(5)
        return {"errcode": 0}

    with Replay({endpoint: slow}) as server:
        outcome = SENDS[endpoint](make_client(server.base_url, read_timeout_s=0.05))
        end.set()
    assert isinstance(outcome, Unknown)


@every_channel
def test_nothing_was_sent_when_nobody_listens(endpoint: str) -> None:
    assert isinstance(SENDS[endpoint](make_client(closed_port_url())), NotSent)


@pytest.mark.parametrize("endpoint", ["message/send", "appchat/send"])
@pytest.mark.parametrize(
    "fault", [Raw(cut="before"), Raw(b"<html>"), {"errcode": -1}, {"errcode": 40001}, {"errcode": 45009}]
)
def test_nothing_was_sent_when_the_token_could_not_be_had(endpoint: str, fault: Answer) -> None:
    with Replay({"gettoken": fault, endpoint: {"errcode": 0}}) as server:
        assert isinstance(SENDS[endpoint](make_client(server.base_url)), NotSent)
    assert server.asked_of(endpoint) == []


def test_nothing_was_sent_and_the_setting_is_named_when_a_credential_is_missing() -> None:
    client = make_client("https://wecom.invalid", secrets={}, bot_keys={}, agent_id=None)
    for send in SENDS.values():
        outcome = send(client)
        assert isinstance(outcome, NotSent)
        assert "settings.toml" in (outcome.remedy or "")


def test_persons_not_reached_are_told_when_the_rest_was() -> None:
    answer = {"errcode": 0, "invaliduser": "Gone|left", "unlicenseduser": "free", "msgid": "m1"}
    with Replay({"message/send": answer}) as server:
        outcome = SENDS["message/send"](make_client(server.base_url))
    assert outcome == Accepted(message_id="m1", refused_recipients=("gone", "left", "free"))


def test_refusal_has_class_wait_and_remedy_when_wecom_says_no() -> None:
    with Replay(
        {
            "webhook/send": {"errcode": 45009, "errmsg": "freq"},
            "message/send": {"errcode": 81013, "errmsg": "x"},
        }
    ) as server:
        client = make_client(server.base_url)
        often, nobody = SENDS["webhook/send"](client), SENDS["message/send"](client)
    assert isinstance(often, Refused)
    assert (often.retry_class, often.wait) == ("wait", timedelta(seconds=60))
    assert isinstance(nobody, Refused)
    assert (nobody.retry_class, nobody.errcode) == ("never", 81013)
    assert nobody.remedy


def test_other_bots_go_on_when_one_met_its_limit() -> None:
    with Replay({"webhook/send": [{"errcode": 45009, "errmsg": "freq"}, {"errcode": 0}]}) as server:
        client = make_client(server.base_url, bot_keys={"hr": BOT_KEY, "it": BOT_KEY + "2"})
        send_to_bot(client, "hr", BODY)
        assert send_to_bot(client, "it", BODY) == Accepted()


def test_bytes_are_equal_when_the_same_message_is_sent_twice() -> None:
    shuffled = {"markdown": {"content": "**群管日报**"}, "msgtype": "markdown"}
    with Replay({"message/send": {"errcode": 0}}) as server:
        client = make_client(server.base_url)
        send_to_users(client, "a|b", BODY)
        send_to_users(client, "a|b", shuffled)
    first, second = server.asked_of("message/send")
    assert first.body == second.body
    assert first.json["enable_duplicate_check"] == 1
    assert first.json["duplicate_check_interval"] == 14400
    assert (first.json["touser"], first.json["agentid"]) == ("a|b", 1000002)


def test_key_goes_along_and_no_token_is_fetched_when_a_bot_posts() -> None:
    with Replay({"webhook/send": {"errcode": 0}}) as server:
        send_to_bot(make_client(server.base_url), "hr", BODY)
    assert [asked.endpoint for asked in server.asked] == ["webhook/send"]
    assert server.asked[0].query == {"key": BOT_KEY}
