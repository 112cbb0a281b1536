"""Messages of the application to people (document paths 90236, 94867, 94888)."""

from dataclasses import dataclass, field
from typing import Any

from steward.simulator.cards import check_card, is_interactive
from steward.simulator.content import APP_MESSAGE, Checking, deliverable
from steward.simulator.errors import Refused
from steward.simulator.registry import Call, Fields, endpoint

_MOST_USERS, _MOST_PARTIES, _MOST_TAGS = 1000, 100, 100
_NOT_FOUND = {"invaliduser": "", "invalidparty": "", "invalidtag": ""}


@dataclass(slots=True)
class Recipients:
    """Whom a message goes to, and what was asked for in vain. `is_everybody`: sent to @all."""

    userids: list[str] = field(default_factory=list)
    invalid_users: list[str] = field(default_factory=list)
    invalid_parties: list[str] = field(default_factory=list)
    invalid_tags: list[str] = field(default_factory=list)
    is_everybody: bool = False

    def in_vain(self) -> Fields:
        """Return the answer's fields, pipe-joined; userids come back in lower case."""
        found = {
            "invaliduser": "|".join(userid.lower() for userid in self.invalid_users),
            "invalidparty": "|".join(self.invalid_parties),
            "invalidtag": "|".join(self.invalid_tags),
        }
        return {name: text for name, text in found.items() if text}


@endpoint("message/send", right="message", method="POST", empty=_NOT_FOUND, is_metered=False)
def send_message(call: Call) -> Fields:
    """Send to people. Partly wrong recipients still get errcode 0, and so does a message nobody is shown."""
    body, site = call.body, call.site
    require_agent(call)
    seen = deliverable(body, _checking(call))
    recipients = _recipients(call)
    if not recipients.userids:
        raise Refused(81013, **recipients.in_vain())
    wants_check = body.get("enable_duplicate_check") == 1
    earlier = site.outgoing.earlier_msgid(body, call.now) if wants_check else None
    if earlier:
        site.postbox.drop(call.path, _to(recipients, recipients.userids), seen, "duplicate")
        return {**recipients.in_vain(), "msgid": earlier}
    _count_person_times(call, len(recipients.userids))
    _hand_out(call, recipients, seen)
    msgid = site.outgoing.new_msgid(call.now)
    if wants_check:
        site.outgoing.remember(body, msgid, call.now)
    return {**recipients.in_vain(), "msgid": msgid, **_card_fields(call)}


def require_agent(call: Call) -> None:
    """Refuse an agentid that is not the token's application: 40056 missing, 301002 another."""
    agent_id = str(call.body.get("agentid", ""))
    if not agent_id.isdecimal():
        raise Refused(40056)
    if int(agent_id) != call.site.access.agent_id:
        raise Refused(301002)


def _checking(call: Call) -> Checking:
    site = call.site
    return Checking(
        channel=APP_MESSAGE,
        require_media=lambda media_id: site.media.usable(media_id, "app", call.now),
        has_callback_url=site.limits.has_callback_url,
        # A repetition under the duplicate check carries the same task_id, and is answered ok.
        used_task_ids={} if _is_repetition(call) else site.outgoing.used_task_ids,
    )


def _is_repetition(call: Call) -> bool:
    wants_check = call.body.get("enable_duplicate_check") == 1
    return wants_check and call.site.outgoing.earlier_msgid(call.body, call.now) is not None


def _names(value: object) -> list[str]:
    return [name for name in (part.strip() for part in str(value or "").split("|")) if name]


def _recipients(call: Call) -> Recipients:
    body, site = call.body, call.site
    users, parties, tags = (_names(body.get(key)) for key in ("touser", "toparty", "totag"))
    _check_sizes(users, parties, tags)
    if "@all" in users:
        return Recipients(userids=site.visible_people(), is_everybody=True)
    found: dict[str, None] = {}
    recipients = Recipients(invalid_tags=tags)
    for userid in users:
        person = site.visible_person(userid)
        if person:
            found[person.userid] = None
        else:
            recipients.invalid_users.append(userid)
    for party in parties:
        if party.isdecimal() and int(party) in site.visible_departments():
            found |= {u: None for key in site.world.subtree(int(party)) for u in site.world.staff_of[key]}
        else:
            recipients.invalid_parties.append(party)
    recipients.userids = list(found)
    return recipients


def _check_sizes(users: list[str], parties: list[str], tags: list[str]) -> None:
    if not (users or parties or tags):
        raise Refused(82001)
    for names, most, errcode in (
        (users, _MOST_USERS, 40032),
        (parties, _MOST_PARTIES, 82002),
        (tags, _MOST_TAGS, 82003),
    ):
        if len(names) > most:
            raise Refused(errcode)


def _count_person_times(call: Call, people: int) -> None:
    """Refuse beyond 200 person-times a day for each account (90236)."""
    site, today = call.site, call.site.today()
    allowed = site.limits.person_times_per_account
    if allowed is not None and site.person_times[today] + people > allowed * len(site.world.people):
        raise Refused(45009)
    site.person_times[today] += people


def _hand_out(call: Call, recipients: Recipients, seen: dict[str, Any]) -> None:
    postbox = call.site.postbox
    reached: list[str] = []
    missed: list[str] = []
    for userid in recipients.userids:
        (reached if postbox.may_message(userid, call.now) else missed).append(userid)
    if reached:
        postbox.deliver(call.path, _to(recipients, reached), seen)
    if missed:
        postbox.drop(call.path, "|".join(missed), seen, "over the limit of messages to one member")


def _to(recipients: Recipients, reached: list[str]) -> str:
    if recipients.is_everybody and len(reached) == len(recipients.userids):
        return "@all"
    return "|".join(reached)


def _card_fields(call: Call) -> Fields:
    if call.body.get("msgtype") != "template_card":
        return {}
    card = call.body["template_card"]
    if card.get("task_id"):
        call.site.outgoing.used_task_ids[card["task_id"]] = None
    return {"response_code": call.site.outgoing.new_response_code(call.now)} if is_interactive(card) else {}


@endpoint("message/recall", right="message", method="POST")
def recall_message(call: Call) -> Fields:
    """Withdraw a message within 24 hours."""
    site, msgid = call.site, call.body.get("msgid")
    site.outgoing.recall(msgid, call.now, site.limits.recall_window_s)
    site.postbox.recalled.append(str(msgid))
    return {}


@endpoint("message/update_template_card", right="message", method="POST", empty={"invaliduser": []})
def update_template_card(call: Call) -> Fields:
    """Change a card that was sent, once for each response_code. `invaliduser` is a list here, not a string."""
    body, site = call.body, call.site
    require_agent(call)
    userids = body.get("userids") or []
    if not isinstance(userids, list) or len(userids) > _MOST_USERS:
        raise Refused(40032)
    if not (body.get("userids") or body.get("partyids") or body.get("tagids") or body.get("atall")):
        raise Refused(82001)
    _check_update(body)
    site.outgoing.use_response_code(body.get("response_code"), call.now, site.limits.response_code_lifetime_s)
    invalid = [str(userid).lower() for userid in userids if not site.visible_person(userid)]
    site.postbox.updated_cards.append(body)
    return {"invaliduser": invalid}


def _check_update(body: dict[str, Any]) -> None:
    """Either a text for the button, or a whole new card; the new one may keep its task_id."""
    card = body.get("template_card")
    if isinstance(card, dict):
        check_card(card, card_types=APP_MESSAGE.card_types, has_callback_url=True, used_task_ids={})
    elif not isinstance(body.get("button"), dict) or not body["button"].get("replace_name"):
        raise Refused(40058, "button.replace_name invalid Request Parameter")
