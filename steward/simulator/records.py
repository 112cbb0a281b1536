"""What the simulated company is made of."""

from dataclasses import dataclass, field
from typing import Literal

GroupKind = Literal["customer", "archived", "app"]
Audience = Literal["staff", "customers"]

ROOT_DEPARTMENT = 1
"""WeCom gives the root department this id (document path 90208)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """A department. `family` names the branch of the company it belongs to, for positions and group names."""

    id: int
    name: str
    name_en: str
    parent_id: int
    order: int
    family: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An employee, or one who has left. The first department is the main one."""

    number: int
    userid: str
    name: str
    department_ids: tuple[int, ...]
    position: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outsider:
    """Somebody of another company. `wm` ids are WeChat users, `wo` ids use WeCom elsewhere."""

    external_userid: str
    name: str
    corp_name: str
    unionid: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """One member of one group. `joined_at` in Unix seconds; `join_scene` as in document path 92122."""

    member_id: str
    is_outsider: bool
    joined_at: int
    join_scene: int = 1
    invited_by: str | None = None
    nickname: str = ""


@dataclass(slots=True, kw_only=True, eq=False)
class Group:
    """A chat of any kind. `status` follows customer groups: 0 normal, 1 owner left, 3 handed over (92120)."""

    chat_id: str
    kind: GroupKind
    audience: Audience
    name: str
    owner: str
    department_id: int
    created_at: int
    status: int = 0
    is_dismissed: bool = False
    version: int = 1
    admins: list[str] = field(default_factory=list)
    members: dict[str, Membership] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """A webhook bot somebody added to a group by hand. The key is its whole credential."""

    key: str
    chat_id: str

    @property
    def label(self) -> str:
        """The bot as it may be shown: never the whole key."""
        return f"bot:{self.key[-8:]}"
