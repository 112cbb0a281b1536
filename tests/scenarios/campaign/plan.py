"""What the service has to say in a day: seeded, of every kind, each message with marks that are counted on arrival.

Pure: the same seed and the same company give the same day.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from steward.model.delivery import Channel, Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One message of the day.

    Args:
        marks: texts that no other message holds; all of them arrive, or the message did not.
        reaches: who is to have it, as the receiving side calls them; empty: nobody can be reached.
    """

    number: int
    kind: str
    at: datetime
    marks: tuple[str, ...]
    reaches: tuple[str, ...]
    delivery: Delivery

    @property
    def key(self) -> str:
        return self.delivery.idempotency_key

    @property
    def channel(self) -> Channel:
        return self.delivery.channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Whom there is to write to. `bots`: name in the settings -> how the receiving side calls it."""

    people: Sequence[str]
    bots: Mapping[str, str]
    chats: Sequence[str]
    mails: Sequence[str] = ()
    revoked_bot: str | None = None


@dataclass(slots=True, kw_only=True)
class Pen:
    """Writes one message after the other. `files`: name -> content, to be laid where the service finds them."""

    addresses: Addresses
    rng: random.Random
    files: dict[str, bytes] = field(default_factory=dict)

    def write(self, number: int, at: datetime) -> Planned:
        kinds, weights = zip(*((name, weight) for name, weight, _ in self._kinds()), strict=True)
        [kind] = self.rng.choices(kinds, weights)
        make = next(make for name, _, make in self._kinds() if name == kind)
        channel, recipient, reaches, body, marks, short = make(number)
        delivery = Delivery(
            idempotency_key=f"campaign:{number}",
            channel=channel,
            recipient=recipient,
            body=body,
            topic="campaign",
            priority=self.rng.choice((10, 30, 50, 50, 70)),
            short=short,
            urgent=self.rng.random() < 0.02,
            expires_at=self._expiry(at),
        )
        return Planned(number=number, kind=kind, at=at, marks=marks, reaches=reaches, delivery=delivery)

    def _expiry(self, at: datetime) -> datetime | None:
        chance = self.rng.random()
        if chance < 0.04:
            return at + timedelta(minutes=self.rng.uniform(5, 120))
        return at + timedelta(hours=24) if chance < 0.3 else None

    def _kinds(self) -> tuple[tuple[str, float, Callable[[int], _Made]], ...]:
        mails = bool(self.addresses.mails)
        return (
            ("app", 30, self._to_one),
            ("app to several", 12, self._to_several),
            ("app, some unknown", 2, self._partly_unknown),
            ("app, all unknown", 0.5, self._all_unknown),
            ("app, long", 4, self._long_to_one),
            ("app, file", 4, self._file_to_one),
            ("bot", 20, self._by_bot),
            ("bot, long", 3, self._long_by_bot),
            ("bot, file", 3, self._file_by_bot),
            ("bot, revoked key", 0.5 if self.addresses.revoked_bot else 0, self._by_revoked_bot),
            ("appchat", 10, self._to_chat),
            ("appchat, unknown", 0.5, self._to_unknown_chat),
            ("mail", 10 if mails else 0, self._mail),
            ("mail to several", 1 if mails else 0, self._mail_to_several),
            ("mail, some unknown", 0.5 if mails else 0, self._mail_partly_unknown),
            ("mail with a file", 1 if mails else 0, self._mail_with_file),
        )

    def _someone(self, count: int = 1) -> tuple[str, ...]:
        return tuple(self.rng.sample(list(self.addresses.people), count))

    def _to_one(self, number: int) -> _Made:
        who = self._someone()
        return "app", who[0], who, _markdown(mark(number)), (mark(number),), None

    def _to_several(self, number: int) -> _Made:
        who = self._someone(self.rng.randint(2, 5))
        return "app", "|".join(who), who, _markdown(mark(number)), (mark(number),), None

    def _partly_unknown(self, number: int) -> _Made:
        who = self._someone(2)
        return (
            "app",
            "|".join((who[0], f"left{number}", who[1])),
            who,
            _markdown(mark(number)),
            (mark(number),),
            None,
        )

    def _all_unknown(self, number: int) -> _Made:
        return "app", f"left{number}|gone{number}", (), _markdown(mark(number)), (mark(number),), None

    def _long_to_one(self, number: int) -> _Made:
        who = self._someone()
        text, marks = long_text(number, self.rng.randint(2500, 5000))
        return "app", who[0], who, {"msgtype": "markdown", "markdown": {"content": text}}, marks, None

    def _file_to_one(self, number: int) -> _Made:
        who = self._someone()
        return "app", who[0], who, self._file(number), (mark(number),), None

    def _bot(self) -> tuple[str, tuple[str, ...]]:
        name = self.rng.choice(list(self.addresses.bots))
        return name, (self.addresses.bots[name],)

    def _by_bot(self, number: int) -> _Made:
        name, reaches = self._bot()
        return "bot", name, reaches, _markdown(mark(number)), (mark(number),), None

    def _long_by_bot(self, number: int) -> _Made:
        name, reaches = self._bot()
        text, _ = long_text(number, self.rng.randint(5000, 9000))
        # A group is shown the notice in place of so long a text, so the notice is what is counted.
        short = f"{mark(number)} 完整内容请向 HR 索取"
        return (
            "bot",
            name,
            reaches,
            {"msgtype": "markdown", "markdown": {"content": text}},
            (mark(number),),
            short,
        )

    def _file_by_bot(self, number: int) -> _Made:
        name, reaches = self._bot()
        return "bot", name, reaches, self._file(number), (mark(number),), None

    def _by_revoked_bot(self, number: int) -> _Made:
        return "bot", str(self.addresses.revoked_bot), (), _markdown(mark(number)), (mark(number),), None

    def _to_chat(self, number: int) -> _Made:
        chat = self.rng.choice(list(self.addresses.chats))
        return "appchat", chat, (chat,), _markdown(mark(number)), (mark(number),), None

    def _to_unknown_chat(self, number: int) -> _Made:
        return "appchat", f"gone{number}", (), _markdown(mark(number)), (mark(number),), None

    def _mail(self, number: int) -> _Made:
        who = tuple(self.rng.sample(list(self.addresses.mails), 1))
        return "email", who[0], who, _mail_body(mark(number)), (mark(number),), None

    def _mail_to_several(self, number: int) -> _Made:
        who = tuple(self.rng.sample(list(self.addresses.mails), 3))
        return "email", ", ".join(who), who, _mail_body(mark(number)), (mark(number),), None

    def _mail_partly_unknown(self, number: int) -> _Made:
        [who] = self.rng.sample(list(self.addresses.mails), 1)
        return (
            "email",
            f"left{number}@example.com, {who}",
            (who,),
            _mail_body(mark(number)),
            (mark(number),),
            None,
        )

    def _mail_with_file(self, number: int) -> _Made:
        [who] = self.rng.sample(list(self.addresses.mails), 1)
        file = self._file(number)["file"]
        body = {"subject": "日报", "text": "见附件\n", "attachments": [file]}
        return "email", who, (who,), body, (mark(number),), None

    def _file(self, number: int) -> dict[str, Any]:
        name = f"{mark(number)}.txt"
        self.files[name] = f"report {number}\n".encode() * 40
        return {"msgtype": "file", "file": {"path": name, "filename": name}}


_Made = tuple[Channel, str, tuple[str, ...], dict[str, Any], tuple[str, ...], str | None]


def mark(number: int, part: int | None = None) -> str:
    """Return the text that tells a message from every other; none is the beginning of another."""
    return f"m{number:05d}x" if part is None else f"m{number:05d}p{part:03d}x"


def long_text(number: int, size_bytes: int) -> tuple[str, tuple[str, ...]]:
    """Return a list of about that many bytes, each line with a mark of its own, and the marks."""
    lines: list[str] = []
    while sum(len(line.encode()) + 1 for line in lines) < size_bytes:
        lines.append(f"- {mark(number, len(lines))} 请处理：群内成员昵称须为「部门+姓名」")
    return "\n".join(lines), tuple(mark(number, part) for part in range(len(lines)))


def _markdown(marked: str) -> dict[str, Any]:
    return {"msgtype": "markdown", "markdown": {"content": f"请处理 {marked}"}}


def _mail_body(marked: str) -> dict[str, Any]:
    return {"subject": f"请处理 {marked}", "text": f"{marked}\n"}


def write_day(
    seed: int, addresses: Addresses, starts_at: datetime, *, messages: int, hours: float, batches: int
) -> tuple[list[list[Planned]], dict[str, bytes]]:
    """Return the batches of a day in order, and the files they send.

    Messages of one batch are queued in one transaction at one moment, as a job does it.
    """
    if not messages:
        return [], {}
    rng = random.Random(f"{seed}:plan")
    pen = Pen(addresses=addresses, rng=rng)
    moments = sorted(starts_at + timedelta(hours=rng.uniform(0, hours)) for _ in range(batches))
    cuts = sorted(rng.sample(range(1, messages), batches - 1))
    sizes = [end - begin for begin, end in zip([0, *cuts], [*cuts, messages], strict=True)]
    numbers = iter(range(messages))
    day = [
        [pen.write(next(numbers), at) for _ in range(size)] for at, size in zip(moments, sizes, strict=True)
    ]
    return day, pen.files
