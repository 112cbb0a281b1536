"""What no single section can see: faults between sections, found in the raw data so that all are told at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from steward.model.settings.errors import Path
from steward.model.settings.operation import DEFAULT_SCHEDULES, least_lease_s


class Fault(NamedTuple):
    """One fault by its kind (a key of `wording.WORDING`), not yet in words. `other`: the place it collides with."""

    path: Path
    kind: str
    context: Mapping[str, Any]
    value: object = None
    other: Path | None = None


def cross_faults(raw: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the faults between sections. Values of a wrong type are left to the sections themselves."""
    yield from _unknown_bots(_table(raw, "people"))
    yield from _unknown_channels(raw)
    yield from _rules(_table(raw, "groups"))
    yield from _schedules(_table(raw, "schedules"))
    yield from _escalation(_table(raw, "escalation"))
    yield from _lease(_table(raw, "delivery"), _table(raw, "wecom"))


def _table(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = raw.get(name)
    return value if isinstance(value, Mapping) else {}


def _unknown_bots(people: Mapping[str, Any]) -> Iterator[Fault]:
    bots = _table(people, "bots")
    for who in ("hr", "admins"):
        bot = _table(people, who).get("bot")
        if isinstance(bot, str) and bot not in bots:
            known = ", ".join(bots) or "—"
            yield Fault(("people", who, "bot"), "unknown_bot", {"value": bot, "known": known}, bot)


def _unknown_channels(raw: Mapping[str, Any]) -> Iterator[Fault]:
    people, webhooks = _table(raw, "people"), _table(raw, "webhooks")
    for who in ("hr", "admins"):
        receiver = _table(people, who)
        if receiver.get("emails") and not _table(raw, "email"):
            yield Fault(("people", who, "emails"), "no_email_section", {})
        named = receiver.get("webhooks")
        for place, name in enumerate(named if isinstance(named, list) else ()):
            if isinstance(name, str) and name not in webhooks:
                context = {"value": name, "known": ", ".join(webhooks) or "—"}
                yield Fault(("people", who, "webhooks", place), "unknown_webhook", context, name)


def _rules(groups: Mapping[str, Any]) -> Iterator[Fault]:
    rules, excluded = groups.get("rules"), groups.get("exclude")
    seen: dict[tuple[str, str], Path] = {}
    for place, rule in enumerate(rules if isinstance(rules, list) else ()):
        if not isinstance(rule, Mapping):
            continue
        path: Path = ("groups", "rules", place)
        if ("chat_id" in rule) == ("name" in rule):
            yield Fault(path, "rule_target", {})
        for key in ("chat_id", "name"):
            value = rule.get(key)
            if isinstance(value, str):
                first = seen.setdefault((key, value), (*path, key))
                if first != (*path, key):
                    yield Fault((*path, key), "rule_twice", {}, value, first)
        if isinstance(excluded, list) and rule.get("chat_id") in excluded:
            yield Fault((*path, "chat_id"), "rule_excluded", {}, rule["chat_id"])


def _schedules(schedules: Mapping[str, Any]) -> Iterator[Fault]:
    for job, schedule in schedules.items():
        if job not in DEFAULT_SCHEDULES:
            yield Fault(
                ("schedules", job), "unknown_job", {"value": job, "known": ", ".join(DEFAULT_SCHEDULES)}
            )
        if isinstance(schedule, Mapping) and len({"cron", "every_minutes", "on"} & set(schedule)) > 1:
            yield Fault(("schedules", job), "cron_or_interval", {})


def _escalation(escalation: Mapping[str, Any]) -> Iterator[Fault]:
    head, hr = escalation.get("head_after_working_days", 1), escalation.get("hr_after_working_days", 3)
    if type(head) is int and type(hr) is int and hr <= head:
        key = "hr_after_working_days" if "hr_after_working_days" in escalation else "head_after_working_days"
        yield Fault(("escalation", key), "hr_before_head", {"head": head}, hr)


def _lease(delivery: Mapping[str, Any], wecom: Mapping[str, Any]) -> Iterator[Fault]:
    lease = delivery.get("lease_s", 120)
    timeouts = wecom.get("connect_timeout_s", 3.05), wecom.get("read_timeout_s", 10.0)
    if type(lease) is int and all(isinstance(one, int | float) for one in timeouts):
        least = least_lease_s(*timeouts)
        if lease < least:
            yield Fault(("delivery", "lease_s"), "lease_too_short", {"least": least}, lease)
