"""[schedules.*], [delivery], [wecom], [retention], [reports]: when, how and for how long."""

from __future__ import annotations

from datetime import time
from math import ceil
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, field_validator, model_validator

from steward.model.settings.base import Real, SecretSource, Section, Switch, Whole, ZoneName, refusal
from steward.model.settings.policies import ClockTime


def _ping_url(value: object) -> object:
    """Return the address as written; it must be https, for whoever reads it can silence the alarm."""
    if not isinstance(value, str):
        return value
    try:
        url = urlsplit(value)
        is_safe = url.scheme == "https" or (
            url.scheme == "http" and url.hostname in ("127.0.0.1", "localhost")
        )
    except ValueError:
        raise refusal("ping_url") from None
    if not is_safe or not url.hostname or url.username or url.password:
        raise refusal("ping_url")
    return value


PingUrl = Annotated[str | SecretSource, BeforeValidator(_ping_url)]
"""An https address (http on this machine only), or the place where it is kept as a secret."""
WorkdayOf = Literal[
    "first_working_day",
    "last_working_day",
    "first_working_day_of_week",
    "last_working_day_of_week",
]


class Schedule(Section):
    """When one job runs: a cron expression, an interval, or a working day of the month or week `at` a time.

    Day numbers mean what crontab means (1-5 is Monday to Friday, 0 and 7 are Sunday) · `timezone`: None is the
    company's · `on_non_working_days`: "skip" leaves the slot out, "postpone" puts it off to the same time of the
    next working day, "run" runs it all the same · `missed`: what becomes of slots that passed while no process
    ran: none of them is run, the newest "once", or "each" · `jitter_s`: a run begins up to so many seconds
    late · `ping_url` is called after each run (dead-man's switch); its address often is a credential.
    """

    cron: str | None = None
    every_minutes: Whole | None = Field(default=None, ge=1, le=1440)
    on: WorkdayOf | None = None
    at: ClockTime | None = None
    timezone: ZoneName | None = None
    on_non_working_days: Literal["skip", "postpone", "run"] = "run"
    missed: Literal["skip", "once", "each"] = "once"
    jitter_s: Whole = Field(default=0, ge=0, le=3600)
    ping_url: PingUrl | None = None
    enabled: Switch = True

    @model_validator(mode="after")
    def _one_way_of_saying_when(self) -> Schedule:
        if sum(value is not None for value in (self.cron, self.every_minutes, self.on)) != 1:
            raise refusal("cron_or_interval")
        if (self.on is None) != (self.at is None):
            raise refusal("on_and_at")
        if self.every_minutes is not None and self.on_non_working_days == "postpone":
            raise refusal("interval_postponed")
        if self.every_minutes is not None and self.jitter_s >= self.every_minutes * 60:
            raise refusal("jitter_too_long", gap=self.every_minutes * 60)
        return self

    @field_validator("cron")
    @classmethod
    def _five_fields(cls, value: str | None) -> str | None:
        if value is not None and len(value.split()) != 5:
            raise refusal("cron_fields")
        return value


DEFAULT_SCHEDULES = {
    "sync_directory": Schedule(cron="12 7 * * *"),
    "sync_groups": Schedule(cron="24 7 * * *"),
    "check_members": Schedule(cron="13 8 * * *"),
    "daily_digest": Schedule(cron="37 8 * * *", on_non_working_days="skip"),
    "deliver": Schedule(every_minutes=1),
    "housekeeping": Schedule(cron="17 3 * * *"),
}


OnUnknown = Literal["ask", "resend"]


class Budgets(Section):
    """[delivery.budgets]: what all processes together send at most, below the limits of WeCom.

    Beyond those WeCom refuses (bots: 20 in a minute, document path 99110), or drops without a word what is sent to
    a member (30 in a minute, 1000 in an hour by the app, 90236; 200 in a minute, 10,000 in a day by its chats, 90248).
    Person-times: messages times those who get them. `app_person_times_per_day`: None is 200 for each employee known
    (90236). Of app chats the corporation may send 20,000 person-times in a minute and, the smallest, 150,000 in an
    hour (90248, 90312).
    """

    bot_per_minute: Whole = Field(default=18, ge=1, le=20)
    member_per_minute: Whole = Field(default=28, ge=1, le=30)
    member_per_hour: Whole = Field(default=950, ge=1, le=1000)
    app_person_times_per_day: Whole | None = Field(default=None, ge=1)
    chat_messages_per_minute: Whole = Field(default=190, ge=1, le=200)
    chat_messages_per_day: Whole = Field(default=9_500, ge=1, le=10_000)
    chat_person_times_per_minute: Whole = Field(default=19_000, ge=1, le=20_000)
    chat_person_times_per_hour: Whole = Field(default=140_000, ge=1, le=700_000)


class DeliverySettings(Section):
    """[delivery]: patience and limits of sending.

    `give_up_after_hours`: a message nobody could be brought in that time is dead · `owner_tasks_from`: owners are
    not written to before this time of day · `max_attempts` bounds tries at errors whose class is not known ·
    `bundle`: what waits for one recipient at the same moment becomes one message ·
    `unknown`: what becomes of a message that may have arrived where WeCom would not know a second one again: "ask" a
    person, or "resend" it.
    """

    max_attempts: Whole = Field(default=8, ge=1, le=50)
    backoff_base_s: Real = Field(default=5.0, gt=0, le=600)
    backoff_cap_s: Real = Field(default=900.0, gt=0, le=86400)
    give_up_after_hours: Whole = Field(default=6, ge=1, le=72)
    lease_s: Whole = Field(default=120, ge=10, le=3600)
    owner_tasks_from: ClockTime = time(8, 50)
    bundle: Switch = True
    unknown: OnUnknown = "ask"
    budgets: Budgets = Budgets()


class Serve(Section):
    """[serve]: the service while it runs.

    `step_lease_s`: a step of a run whose process died or froze is taken over by another after that time ·
    `ping_url` is called each minute in which the service came round (dead-man's switch of the whole).
    """

    step_lease_s: Whole = Field(default=60, ge=10, le=3600)
    ping_url: PingUrl | None = None


class WeComSettings(Section):
    """[wecom]: how hard the client may work. Source of the limits: wecom-api, frequency limits."""

    parallel_calls: Whole = Field(default=5, ge=1, le=20)
    connect_timeout_s: Real = Field(default=3.05, gt=0, le=60)
    read_timeout_s: Real = Field(default=10.0, gt=0, le=120)


def least_lease_s(connect_timeout_s: float, read_timeout_s: float) -> int:
    """Return the shortest lease that outlasts a call: nobody takes a message away that is just being sent."""
    return ceil(connect_timeout_s + read_timeout_s) + 5


class Retention(Section):
    """[retention]: for how many days what is kept; `housekeeping` deletes the rest."""

    reports_days: Whole = Field(default=730, ge=30)
    outbox_days: Whole = Field(default=90, ge=7)
    runs_days: Whole = Field(default=180, ge=7)
    membership_history_days: Whole = Field(default=1095, ge=30)
    resolved_findings_days: Whole = Field(default=730, ge=30)


class Escalation(Section):
    """[escalation] [C6]: working days after the owner was asked until the next person is told."""

    head_after_working_days: Whole = Field(default=1, ge=1, le=30)
    hr_after_working_days: Whole = Field(default=3, ge=1, le=60)

    @model_validator(mode="after")
    def _hr_comes_last(self) -> Escalation:
        if self.hr_after_working_days <= self.head_after_working_days:
            raise refusal("hr_before_head", head=self.head_after_working_days)
        return self
