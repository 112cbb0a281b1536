"""Pulling 2,000 customer groups through the simulator: our client, a bare `requests` loop, wechatpy's own loop."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from steward.model.group import GroupListing, Roster
from steward.wecom.client import WeComClient
from steward.wecom.customer_groups import list_customer_groups, list_group_owners
from steward.wecom.rosters import read_rosters
from tests.benchmarks.measure import seconds, verdict
from tests.benchmarks.town import LATENCY_S

PARALLEL = 5
ROOT = Path(__file__).parents[2]


def run(scale: float) -> bool:
    """Pull the same groups three ways from one simulator, one after the other."""
    with _town(round(2_000 * scale)) as credentials:
        client = _client(credentials)
        listings = list_customer_groups(client, list_group_owners(client))
        chat_ids = [listing.chat_id for listing in listings]
        bare_s = seconds(lambda: _bare(credentials, chat_ids))
        members = 0

        def ours() -> None:
            nonlocal members
            members = _ours(client, listings)

        ours_s = seconds(ours)
        sample = chat_ids[: max(20, len(chat_ids) // 4)]
        wechatpy_s = seconds(lambda: _wechatpy(credentials, sample)) * len(chat_ids) / len(sample)
    print(
        f"pull: {len(chat_ids):,} groups, {members:,} members, {PARALLEL} calls at once, answers after "
        f"{LATENCY_S * 1000:.0f} ms; bare requests {bare_s:.2f} s, ours {ours_s:.2f} s, "
        f"wechatpy {wechatpy_s:.2f} s (a quarter of the groups, times four)"
    )
    lean = verdict("our pull / bare requests", ours_s / bare_s, 1.3)
    return verdict("wechatpy's loop / our pull", wechatpy_s / ours_s, 3, at_least=True) and lean


@contextmanager
def _town(groups: int) -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-m", "tests.benchmarks.town", str(groups)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as town:
        assert town.stdout is not None
        yield json.loads(town.stdout.readline())
        town.communicate()


def _client(credentials: dict[str, Any]) -> WeComClient:
    return WeComClient(
        base_url=credentials["base_url"],
        corp_id=credentials["corp_id"],
        secrets={"app": credentials["secrets"]["app"]},
        now=lambda: datetime.now(UTC),
        sleep=time.sleep,
        random=random.Random(1),
        parallel_calls=PARALLEL,
    )


def _ours(client: WeComClient, listings: Sequence[GroupListing]) -> int:
    now = datetime.now(UTC)
    return sum(len(one.members) for one in read_rosters(client, listings, now) if isinstance(one, Roster))


def _bare(credentials: dict[str, Any], chat_ids: Sequence[str]) -> int:
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=PARALLEL))
    base = credentials["base_url"]
    login = {"corpid": credentials["corp_id"], "corpsecret": credentials["secrets"]["app"]}
    token = session.get(base + "gettoken", params=login, timeout=10).json()["access_token"]

    def pull(chat_id: str) -> int:
        answer = session.post(
            base + "externalcontact/groupchat/get",
            params={"access_token": token},
            json={"chat_id": chat_id, "need_name": 1},
            timeout=10,
        )
        return len(answer.json()["group_chat"]["member_list"])

    with ThreadPoolExecutor(PARALLEL) as pool:
        return sum(pool.map(pull, chat_ids))


def _wechatpy(credentials: dict[str, Any], chat_ids: Sequence[str]) -> int:
    from wechatpy.work import WeChatClient

    class Loopback(WeChatClient):  # type: ignore[misc]
        API_BASE_URL = credentials["base_url"]

        def fetch_access_token(self) -> dict[str, Any]:
            login = {"corpid": self.corp_id, "corpsecret": self.secret}
            token: dict[str, Any] = self._fetch_access_token(f"{self.API_BASE_URL}gettoken", login)
            return token

    client = Loopback(credentials["corp_id"], credentials["secrets"]["app"])
    return sum(
        len(client.external_contact_group_chat.get(chat_id)["group_chat"]["member_list"])
        for chat_id in chat_ids
    )
