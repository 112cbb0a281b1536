"""[groups] and [nickname]: what each group is, and how people are to be called in it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from steward.model.settings.base import Day, Section, Switch, UserId, Whole, refusal


class GroupRule(Section):
    """One [[groups.rules]]: by `chat_id`, or by `name` with * and ? as in file names.

    The first rule that fits a group decides each value it gives; `department` is a name or an id.
    """

    chat_id: str | None = Field(default=None, min_length=1)
    name: str | None = Field(default=None, min_length=1)
    policy: Literal["publicity", "exchange", "work"] | None = None
    department: str | Whole | None = None
    liaison: UserId | None = None
    audience: Literal["staff", "customers"] | None = None
    filed_on: Day | None = None

    @model_validator(mode="after")
    def _names_a_group(self) -> GroupRule:
        if (self.chat_id is None) == (self.name is None):
            raise refusal("rule_target")
        return self


class Groups(Section):
    """[groups]

    `app_chats` and `archived_rooms` are ids that no API lists: chats our app created, internal groups whose
    room id is known. `exclude` names chat ids that are left alone altogether.
    """

    default_policy: Literal["publicity", "exchange", "work"] = "work"
    default_audience: Literal["staff", "customers"] = "staff"
    customer_groups: Switch = True
    app_chats: tuple[str, ...] = ()
    archived_rooms: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    rules: tuple[GroupRule, ...] = ()


class Nickname(Section):
    """[nickname] [C4]: department name + real name, e.g. 财务部张三.

    `order`: which comes first · `separators`: what may stand between them ("" = nothing) · `suffixes`: what may
    follow, in brackets or not (外包, 实习) · `department_aliases`: short forms accepted for a department's name ·
    `accept_parent_departments`: 研发部陈晓 is right for somebody of 研发部/前端组.
    """

    order: Literal["department_name", "name_department"] = "department_name"
    separators: tuple[str, ...] = ("", "-", "_", " ", "·")
    suffixes: tuple[str, ...] = ("外包", "实习", "实习生", "顾问")
    department_aliases: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    accept_parent_departments: Switch = True
    ignore_userids: tuple[UserId, ...] = ()
    ask_at_most: Whole = Field(default=10, ge=1, le=50)
