"""Bots in groups (document path 99110). The key in the address is all they need."""

from steward.simulator.content import BOT, Checking, deliverable
from steward.simulator.errors import Refused
from steward.simulator.media import parse_file_part
from steward.simulator.records import Bot
from steward.simulator.registry import Call, Fields, endpoint


def _bot(call: Call) -> Bot:
    bot = call.site.world.bots.get(call.query.get("key", ""))
    if bot is None:
        raise Refused(93000)
    return bot


@endpoint("webhook/send", right="none", method="POST", is_metered=False)
def send_by_bot(call: Call) -> Fields:
    """Post into the bot's group: 20 messages in any 60 seconds, then blocked for 60 seconds."""
    site, bot = call.site, _bot(call)
    gate = site.bot_gates[bot.key]
    if gate.is_blocked(call.now):
        raise Refused(45009)
    checking = Checking(
        channel=BOT, require_media=lambda media_id: site.media.usable(media_id, bot.key, call.now)
    )
    seen = deliverable(call.body, checking)
    if not gate.admit(call.now, site.limits.bot_messages_per_minute):
        raise Refused(45009)
    site.postbox.deliver(call.path, bot.label, seen)
    return {}


@endpoint("webhook/upload_media", right="none", method="POST")
def upload_for_bot(call: Call) -> Fields:
    """Keep a file or voice message that only this bot may send."""
    bot, kind = _bot(call), call.query.get("type", "")
    if kind not in ("file", "voice"):
        raise Refused(40004)
    part = parse_file_part(call.headers.get("content-type", ""), call.raw)
    media = call.site.media.keep(kind, part, bot.key, call.now)
    return {"type": kind, "media_id": media.media_id, "created_at": str(int(call.now))}
