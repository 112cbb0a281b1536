"""Departments: department/list, department/simplelist, department/get (document paths 90208, 95350, 95351)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from steward.model.directory import Department
from steward.wecom.answers import need_int, need_list, need_object, objects, to_int, to_name, to_userids
from steward.wecom.client import SecretName, WeComClient
from steward.wecom.errors import BadAnswer


def list_departments(client: WeComClient, problems: list[str] | None = None) -> list[Department]:
    """Return every department in the app's visible range, with names.

    Args:
        problems: gets a line for every row that had to be skipped.

    Raises:
        WeComError: also 60011 and 48009 where the names may not be read.
    """
    rows = need_list(client.call("department/list"), "department", "department/list")
    return _to_departments(rows, "department/list", problems)


def list_department_ids(
    client: WeComClient,
    secret: SecretName = "app",  # noqa: S107 - a name, not a secret
    problems: list[str] | None = None,
) -> list[Department]:
    """Return every department without its name: the app's range, or the whole company for contact sync."""
    endpoint = "department/simplelist"
    rows = need_list(client.call(endpoint, secret=secret), "department_id", endpoint)
    return _to_departments(rows, endpoint, problems)


def get_department(client: WeComClient, department_id: int) -> Department:
    """Return one department with its name."""
    answer = client.call("department/get", query={"id": department_id})
    return _to_department(need_object(answer, "department", "department/get"), "department/get")


def _to_departments(rows: list[Any], endpoint: str, problems: list[str] | None) -> list[Department]:
    found: dict[int, Department] = {}
    for row in objects(rows, problems, endpoint):
        try:
            department = _to_department(row, endpoint)
        except BadAnswer as error:
            if problems is not None:
                problems.append(error.detail)
            continue
        found[department.id] = department
    if rows and not found:
        raise BadAnswer("没有一行部门可读", endpoint, field="id")
    return list(found.values())


def _to_department(row: Mapping[str, Any], endpoint: str) -> Department:
    return Department(
        id=need_int(row, "id", endpoint),
        name=to_name(row.get("name")) or None,
        parent_id=to_int(row.get("parentid")) or None,
        order=to_int(row.get("order")) or 0,
        leader_userids=to_userids(row.get("department_leader")),
    )
