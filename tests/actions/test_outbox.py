"""What a person may decide about a message: done once, written down, and refused with the reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, get_args

import pytest
from sqlalchemy import update

from steward.actions.outbox import (
    DONE,
    MAY,
    Act,
    Change,
    Refusal,
    cancel_message,
    release_message,
    retry_message,
)
from steward.delivery.budget import Ways
from steward.model.delivery import DeliveryStatus
from steward.store import lanes
from steward.store.audit import AuditEntry, load_audit
from steward.store.database import Database
from steward.store.outbox import load_attempts
from steward.store.schema import outbox
from tests.factories import DAY, NOW
from tests.store.outbox_rows import claim_one, end, queue, row_of

LATER = NOW + timedelta(hours=1)
STATES: tuple[DeliveryStatus, ...] = get_args(DeliveryStatus)
ACTS: tuple[Act, ...] = get_args(Act)


def act(database: Database, name: Act, message_id: int, **over: Any) -> Change:
    common = {"by": "zhang", "now": LATER}
    match name:
        case "retry":
            return retry_message(database, message_id, **{**common, "ways": Ways(bots={"ops": 2}), **over})
        case "release":
            return release_message(database, message_id, **common)
        case "cancel":
            return cancel_message(database, message_id, reason="群已解散", **common)


def put(database: Database, state: DeliveryStatus, **over: Any) -> int:
    [row_id] = queue(database, "one", **over)
    assert row_id is not None
    with database.begin() as connection:
        connection.execute(update(outbox).values(status=state))
    return row_id


def audit(database: Database) -> list[AuditEntry]:
    with database.read() as connection:
        return load_audit(connection)


@pytest.mark.parametrize("name", ACTS)
def test_each_act_is_done_in_its_states_and_refused_in_the_others(
    sqlite_database: Database, name: Act
) -> None:
    row_id = put(sqlite_database, "pending")
    for state in STATES:
        with sqlite_database.begin() as connection:
            connection.execute(update(outbox).values(status=state))
        before = len(audit(sqlite_database))
        if state in MAY[name]:
            after = "cancelled" if name == "cancel" else "pending"
            assert act(sqlite_database, name, row_id) == Change(
                id=row_id, before=state, after=after, done=True
            )
            assert audit(sqlite_database)[0].outcome == "done"
        elif state in DONE[name]:
            assert not act(sqlite_database, name, row_id).done
            assert len(audit(sqlite_database)) == before
        else:
            with pytest.raises(Refusal, match=f"{row_id} 号消息"):
                act(sqlite_database, name, row_id)
            assert audit(sqlite_database)[0].outcome == "refused"
            assert row_of(sqlite_database, "one").status == state


@pytest.mark.parametrize("name", ACTS)
def test_message_nobody_knows_is_refused_with_where_to_look(sqlite_database: Database, name: Act) -> None:
    with pytest.raises(Refusal, match=r"没有 99 号消息：用 main\.py outbox list"):
        act(sqlite_database, name, 99)


def test_message_sent_again_keeps_its_history_and_gets_new_patience(database: Database) -> None:
    queue(database, "one", expires_at=NOW + timedelta(minutes=5))
    row, _ = held = claim_one(database)
    end(database, held, "dead", detail="message/send: 45002", errcode=45002, remedy="缩短")
    act(database, "retry", row.id)
    again = row_of(database, "one")
    assert (again.status, again.attempts, again.next_attempt_at) == ("pending", 1, LATER)
    assert (again.expires_at, again.errcode, again.remedy) == (None, None, None)
    with database.read() as connection:
        assert len(load_attempts(connection, row.id)) == 1
    [entry] = audit(database)
    assert (entry.by, entry.action, entry.subject) == ("zhang", "outbox_retry", f"outbox/{row.id}")
    assert entry.detail == {"before": "dead"}


def test_expiry_that_is_not_over_stays(database: Database) -> None:
    row_id = put(database, "unknown", expires_at=NOW + DAY)
    act(database, "retry", row_id)
    assert row_of(database, "one").expires_at == NOW + DAY


def test_lane_that_a_revoked_key_closed_is_opened_by_who_sends_its_message_again(database: Database) -> None:
    for errcode, left in ((45009, 2), (93000, 0)):
        queue(database, f"one {errcode}", channel="bot", recipient="ops")
        row, _ = held = claim_one(database)
        end(database, held, "dead", errcode=errcode)
        with database.begin() as connection:
            for name in ("bot:ops#1", "bot:ops#2", "bot:hr#1"):
                lanes.pause_lane(connection, name, until=NOW + DAY, why=str(errcode))
        act(database, "retry", row.id)
        with database.read() as connection:
            closed = lanes.load_blocked(connection, now=LATER).paused
        assert len(closed) == left + 1
        end(database, claim_one(database, LATER), "sent", at=LATER)


def test_file_whose_upload_is_gone_is_uploaded_again(database: Database) -> None:
    file = {"path": "a.xlsx", "filename": "a.xlsx"}
    body = {"msgtype": "file", "file": {**file, "media_id": "m1", "media_of": "app"}}
    queue(database, "one", body=body)
    row, _ = held = claim_one(database)
    end(database, held, "dead", errcode=40007)
    act(database, "retry", row.id)
    assert row_of(database, "one").body == {"msgtype": "file", "file": file}


def test_bytes_stay_the_same_when_a_message_that_may_have_arrived_is_sent_again(database: Database) -> None:
    body = {"msgtype": "file", "file": {"path": "a", "filename": "a", "media_id": "m1", "media_of": "app"}}
    row_id = put(database, "unknown", body=body)
    act(database, "retry", row_id)
    assert row_of(database, "one").body == body


def test_held_message_goes_at_its_own_time_when_it_is_released(database: Database) -> None:
    row_id = put(database, "held", not_before_at=NOW + DAY)
    act(database, "release", row_id)
    assert row_of(database, "one").next_attempt_at == NOW + DAY


def test_reason_and_person_are_kept_when_a_message_is_cancelled(database: Database) -> None:
    row_id = put(database, "pending")
    act(database, "cancel", row_id)
    row = row_of(database, "one")
    assert (row.status, row.detail, row.settled_at) == ("cancelled", "zhang 取消：群已解散", LATER)
    assert audit(database)[0].detail == {"reason": "群已解散", "before": "pending"}
