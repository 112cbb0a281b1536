"""Every known group with what governs it: for the list, and for the register that is exported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from steward.cli.house import House


def overview(house: House) -> list[dict[str, Any]]:
    """Return every group that is not gone with what governs it, by id."""
    from steward.checks.assignment import Assigner
    from steward.cli.governed import is_stale
    from steward.store.groups import load_groups
    from steward.store.memberships import count_externals
    from steward.store.registry import load_registry

    now = house.now()
    company = house.company(now)
    with house.database.read() as connection:
        found = load_groups(connection)
        externals = count_externals(connection)
        assigner = Assigner(house.settings.groups, load_registry(connection), company)
    rows = []
    for group in found:
        assignment = assigner.assign(group)
        rows.append(
            {
                "chat_id": group.chat_id,
                "name": group.name,
                "kind": group.kind,
                "policy": assignment.policy,
                "audience": assignment.audience,
                "department_id": assignment.department_id,
                "department": company.department_name(assignment.department_id),
                "owner_userid": group.owner_userid,
                "liaison_userid": assignment.liaison_userid,
                "filed_on": assignment.filed_on,
                "member_count": group.member_count,
                "external_count": externals.get(group.chat_id, 0),
                "members_as_of": group.members_as_of,
                "stale": is_stale(group, assignment, house.settings, now),
                "status": group.status,
            }
        )
    return rows
