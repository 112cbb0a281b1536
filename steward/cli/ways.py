"""From the settings to the ways out: which keys the bots have, what is counted, what becomes of the unknown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from steward.delivery.budget import Ways
from steward.delivery.send import key_name
from steward.model.delivery import Channel
from steward.model.settings import Settings
from steward.model.settings.operation import OnUnknown
from steward.model.settings.secrets import resolve_secret


def read_bot_keys(settings: Settings, environment: Mapping[str, str], root: Path) -> dict[str, list[str]]:
    """Return bot -> its keys that are set, in order; a bot without any has an empty list."""

    def read(path: str) -> str:
        return (root / path).read_text(encoding="utf8")

    return {
        name: [
            key
            for source in bot.every_key
            if (key := resolve_secret(source, env=environment, read_file=read)) is not None
        ]
        for name, bot in settings.people.bots.items()
    }


def to_client_keys(keys: Mapping[str, list[str]]) -> dict[str, str]:
    """Return the keys by the names under which the client is asked for them."""
    return {
        key_name(bot, number): key
        for bot, its_keys in keys.items()
        for number, key in enumerate(its_keys, start=1)
    }


def to_ways(settings: Settings, keys: Mapping[str, list[str]]) -> Ways:
    """Return the ways out. A bot whose keys are all unset keeps one lane, by which its trouble is told."""
    on_unknown: dict[tuple[Channel, str | None], OnUnknown] = {
        ("bot", name): bot.on_unknown for name, bot in settings.people.bots.items() if bot.on_unknown
    }
    if settings.email is not None:
        on_unknown["email", None] = settings.email.on_unknown
    on_unknown |= {("webhook", name): "resend" for name, hook in settings.webhooks.items() if hook.idempotent}
    return Ways(
        budgets=settings.delivery.budgets,
        bots={bot: max(1, len(its_keys)) for bot, its_keys in keys.items()},
        on_unknown=on_unknown,
        default_unknown=settings.delivery.unknown,
    )


def answer_within(settings: Settings) -> timedelta:
    """Return how long one call of WeCom may take at most."""
    return timedelta(seconds=settings.wecom.connect_timeout_s + settings.wecom.read_timeout_s)
