from __future__ import annotations

from typing import Any

import pytest

from steward.checks.nickname_rule import NicknameRule, normalise
from steward.model.settings.groups import Nickname
from tests.checks.make import make_company, make_department, make_employee

ALIASES = {"department_aliases": {"财务部": ("财务",)}}


def accepts(nickname: str, rule: dict[str, Any] | None = None, **employee: Any) -> bool | None:
    company = make_company(
        [make_employee(**employee)],
        [
            make_department(1, "云杉科技", None),
            make_department(2, "财务部"),
            make_department(3, "研发部"),
            make_department(4, "前端组", 3),
            make_department(5, "Finance & Tax"),
        ],
    )
    return NicknameRule(company, Nickname(**(rule or {}))).accepts("zhangsan", nickname)


@pytest.mark.parametrize(
    ("nickname", "rule"),
    [
        ("财务部张三", {}),
        ("财务部-张三", {}),
        ("财务部－张三", {}),
        ("财务部_张三", {}),
        ("财务部 张三", {}),
        ("财务部\u3000张三", {}),
        ("财务部·张三", {}),
        (" 财务部张三 ", {}),
        ("财务\u200b部张三\ufeff", {}),
        ("财务部张三（实习）", {}),
        ("财务部张三(外包)", {}),
        ("财务部张三【顾问】", {}),
        ("财务部张三实习生", {}),
        ("财务部张三-外包", {}),
        ("财务张三", ALIASES),
        ("财务-张三（实习）", ALIASES),
        ("张三财务部", {"order": "name_department"}),
        ("张三-财务部（实习）", {"order": "name_department"}),
        ("财务部/张三", {"separators": ("/",)}),
    ],
)
def test_a_nickname_is_accepted_when_it_says_department_and_name(nickname: str, rule: dict[str, Any]) -> None:
    assert accepts(nickname, rule) is True


@pytest.mark.parametrize(
    ("nickname", "rule"),
    [
        ("", {}),
        ("张三", {}),
        ("财务部", {}),
        ("张三财务部", {}),
        ("财务部张三", {"order": "name_department"}),
        ("财务部张三🎉", {}),
        ("财务部李四", {}),
        ("研发部张三", {}),
        ("财务张三", {}),
        ("财务部--张三", {}),
        ("财务部/张三", {}),
        ("财务部张三", {"separators": ("/",)}),
        ("财务部张三（出差）", {}),
        ("财务部张三（实习", {}),
        ("财务部张三", {"separators": ("-",), **ALIASES}),
        ("**财务部张三**", {}),
        ("\u202e财务部张三", {}),
        ("云杉科技张三", {}),
    ],
)
def test_a_nickname_is_refused_when_it_says_anything_else(nickname: str, rule: dict[str, Any]) -> None:
    assert accepts(nickname, rule) is False


def test_any_of_several_departments_is_right() -> None:
    both = {"department_ids": (2, 3), "main_department_id": 3}
    assert [accepts(nickname, None, **both) for nickname in ("财务部张三", "研发部张三", "前端组张三")] == [
        True,
        True,
        False,
    ]


def test_a_parent_department_is_right_only_where_the_rule_says_so() -> None:
    front_end = {"department_ids": (4,), "main_department_id": 4}
    assert accepts("研发部张三", {}, **front_end) is True
    assert accepts("研发部张三", {"accept_parent_departments": False}, **front_end) is False


def test_the_companys_own_name_is_right_for_those_directly_in_it() -> None:
    assert accepts("云杉科技张三", {}, department_ids=(1,), main_department_id=1) is True


def test_case_width_and_spaces_do_not_matter_in_latin_names() -> None:
    employee = {"department_ids": (5,), "main_department_id": 5, "name": "John Smith"}
    assert accepts("finance＆tax JOHN smith", {}, **employee) is True


def test_departments_that_are_each_others_parent_end() -> None:
    company = make_company(
        [make_employee(department_ids=(7,), main_department_id=7)],
        [make_department(7, "甲", 8), make_department(8, "乙", 7)],
    )
    rule = NicknameRule(company, Nickname())
    assert [rule.accepts("zhangsan", seen) for seen in ("乙张三", "丙张三")] == [True, False]


def test_a_parent_outside_the_visible_range_leaves_a_misfit_unknown() -> None:
    company = make_company([make_employee()], [make_department(2, "财务部", parent_id=9)])
    rule = NicknameRule(company, Nickname())
    assert [rule.accepts("zhangsan", seen) for seen in ("财务部张三", "行政中心张三")] == [True, None]


def test_the_invisible_root_leaves_nothing_unknown() -> None:
    company = make_company([make_employee()], [make_department(2, "财务部", parent_id=1)])
    assert NicknameRule(company, Nickname()).accepts("zhangsan", "云杉科技张三") is False


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({}, "财务部张三"),
        ({"separators": ("-", "_")}, "财务部-张三"),
        ({"order": "name_department"}, "张三财务部"),
        ({"separators": ()}, "财务部张三"),
    ],
)
def test_the_expected_nickname_is_accepted_by_its_own_rule(rule: dict[str, Any], expected: str) -> None:
    judge = NicknameRule(make_company(), Nickname(**rule))
    assert judge.expected("zhangsan") == expected
    # A space more, so that the rule itself is asked and not the list of what is expected.
    assert judge.accepts("zhangsan", f"{expected} ") is True


def test_the_expected_nickname_is_none_when_name_or_department_is_unknown() -> None:
    assert NicknameRule(make_company([make_employee(name=None)]), Nickname()).expected("zhangsan") is None
    assert NicknameRule(make_company(departments=[]), Nickname()).expected("zhangsan") is None
    assert NicknameRule(make_company(), Nickname()).expected("nobody") is None


@pytest.mark.parametrize("name", ["", " ", "\u200b"])
def test_a_name_that_shows_nothing_is_an_unknown_name(name: str) -> None:
    assert accepts("财务部", name=name) is None


def test_zero_width_characters_vanish_and_direction_overrides_stay() -> None:
    assert normalise("a\u200b\u200d\u2060\ufeff\u200e b") == "ab"
    assert normalise("\u202ea") == "\u202ea"
