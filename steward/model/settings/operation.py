"""[schedules.*], [delivery], [wecom], [retention], [reports]: when, how and for how long."""

from __future__ import annotations

from datetime import time
from typing import Literal

from pydantic import Field, field_validator, model_validator

from steward.model.settings.base import Real, Section, Switch, Whole, refusal
from steward.model.settings.policies import ClockTime


class Schedule(Section):
    """When one job runs: a cron expression or an interval, in the company's time zone.

    Day numbers mean what crontab means (1-5 is Monday to Friday, 0 and 7 are Sunday). `on_non_working_days`:
    "skip" leaves the slot out, "run" runs it all the same.
    """

    cron: str | None = None
    every_minutes: Whole | None = Field(default=None, ge=1, le=1440)
    on_non_working_days: Literal["skip", "run"] = "run"
    enabled: Switch = True

    @model_validator(mode="after")
    def _cron_or_interval(self) -> Schedule:
        if (self.cron is None) == (self.every_minutes is None):
            raise refusal("cron_or_interval")
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


class DeliverySettings(Section):
    """[delivery]: patience and limits of sending.

    `give_up_after_hours`: a message nobody could be brought in that time is dead · `owner_tasks_from`: owners are
    not written to before this time of day · `max_attempts` bounds tries at errors whose class is not known.
    """

    max_attempts: Whole = Field(default=8, ge=1, le=50)
    backoff_base_s: Real = Field(default=5.0, gt=0, le=600)
    backoff_cap_s: Real = Field(default=900.0, gt=0, le=86400)
    give_up_after_hours: Whole = Field(default=6, ge=1, le=72)
    lease_s: Whole = Field(default=120, ge=10, le=3600)
    owner_tasks_from: ClockTime = time(8, 50)


class WeComSettings(Section):
    """[wecom]: how hard the client may work. Source of the limits: wecom-api, frequency limits."""

    parallel_calls: Whole = Field(default=5, ge=1, le=20)
    connect_timeout_s: Real = Field(default=3.05, gt=0, le=60)
    read_timeout_s: Real = Field(default=10.0, gt=0, le=120)


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
