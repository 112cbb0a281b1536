"""Each message goes out by the channel it was queued for."""

from __future__ import annotations

from typing import Any

import pytest

from steward.delivery.channels import Postman
from steward.model.delivery import Accepted, Refused
from tests.delivery.post import Script
from tests.delivery.rows import make_claim, make_row


def make_postman(**over: Any) -> Postman:
    return Postman(**{"wecom": Script(), "email": Script(), "webhooks": {"erp": Script()}, **over})


@pytest.mark.parametrize(
    ("channel", "recipient", "by"),
    [
        ("app", "zhangsan", "wecom"),
        ("bot", "hr", "wecom"),
        ("appchat", "c1", "wecom"),
        ("email", "a@b.c", "email"),
    ],
)
def test_message_goes_by_its_own_channel(channel: str, recipient: str, by: str) -> None:
    senders = {"wecom": Script(), "email": Script(), "webhooks": {"erp": Script()}}
    postman = make_postman(**senders)
    assert postman.send(make_row(channel=channel, recipient=recipient), make_claim()) == Accepted(
        message_id="m"
    )
    sent = {name: len(script.sent) for name, script in senders.items() if isinstance(script, Script)}
    assert sent == {"wecom": int(by == "wecom"), "email": int(by == "email")}


def test_message_goes_to_the_webhook_it_names() -> None:
    scripts = {"erp": Script(), "oa": Script()}
    make_postman(webhooks=scripts).send(make_row(channel="webhook", recipient="oa"), make_claim())
    assert (len(scripts["erp"].sent), len(scripts["oa"].sent)) == (0, 1)


@pytest.mark.parametrize(("channel", "section"), [("email", "[email]"), ("webhook", "[webhooks.oa]")])
def test_section_to_write_is_named_when_a_channel_is_not_set_up(channel: str, section: str) -> None:
    postman = make_postman(email=None)
    outcome = postman.send(make_row(channel=channel, recipient="oa"), make_claim())
    assert isinstance(outcome, Refused)
    assert outcome.retry_class == "never"
    assert section in str(outcome.remedy)
