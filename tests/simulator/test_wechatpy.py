"""A client library nobody here wrote accepts the simulator."""

import io
from datetime import timedelta
from typing import Any

import pytest

from steward.simulator import Simulator
from tests.simulator.calling import rooms_of

pytest.importorskip("wechatpy")
from wechatpy.exceptions import WeChatClientException
from wechatpy.work import WeChatClient


class LoopbackClient(WeChatClient):
    """wechatpy with the simulator's address; its own for tokens is written into the method."""

    def fetch_access_token(self) -> dict[str, Any]:
        params = {"corpid": self.corp_id, "corpsecret": self.secret}
        return self._fetch_access_token(url=f"{self.API_BASE_URL}gettoken", params=params)


@pytest.fixture
def client(sim: Simulator) -> WeChatClient:
    credentials = sim.credentials()
    client = LoopbackClient(credentials["corp_id"], credentials["secrets"]["app"])
    client.API_BASE_URL = credentials["base_url"]
    return client


def test_client_gets_a_token(client: WeChatClient) -> None:
    assert len(client.access_token) > 100


def test_client_fetches_a_new_token_when_the_old_one_is_revoked(sim: Simulator, client: WeChatClient) -> None:
    old = client.access_token
    sim.revoke_tokens()
    assert client.department.get(1)
    assert client.access_token != old


def test_client_fetches_a_new_token_when_the_old_one_has_expired(
    sim: Simulator, client: WeChatClient
) -> None:
    old = client.access_token
    sim.set_now(sim.now() + timedelta(hours=3))
    assert client.department.get(1)
    assert client.access_token != old


def test_client_reads_departments_and_users(client: WeChatClient) -> None:
    departments = client.department.list()
    assert client.department.get(departments[1]["id"]) == departments[1]
    names = client.user.list(departments[1]["id"])
    assert client.user.get(names[0]["userid"])["name"] == names[0]["name"]
    assert client.user.list(departments[1]["id"], simple=True)[0]["userid"] == names[0]["userid"]


def test_client_raises_with_the_code_when_refused(client: WeChatClient) -> None:
    with pytest.raises(WeChatClientException) as raised:
        client.user.get("nobody")
    assert raised.value.errcode == 60111


def test_client_walks_all_pages_of_customer_groups(sim: Simulator, client: WeChatClient) -> None:
    groups = client.external_contact_group_chat.list_all(limit=3)
    rooms = rooms_of(sim, "customer") + rooms_of(sim, "customer", "customers")
    assert {g["chat_id"] for g in groups} == {r["chat_id"] for r in rooms}
    group = client.external_contact_group_chat.get(groups[0]["chat_id"])["group_chat"]
    assert group["member_list"]


def test_client_sends_text_and_markdown(sim: Simulator, client: WeChatClient) -> None:
    agent_id, owner = sim.credentials()["agent_id"], rooms_of(sim, "app")[0]["owner"]
    assert client.message.send_text(agent_id, [owner], "您好")["msgid"]
    assert client.message.send_markdown(agent_id, [owner], "**日报**")["errcode"] == 0
    assert [m["body"]["msgtype"] for m in sim.received] == ["text", "markdown"]


def test_client_opens_a_chat_and_posts_into_it(sim: Simulator, client: WeChatClient) -> None:
    people = [u["userid"] for u in client.user.list(2)]
    chat_id = client.appchat.create(name="试验群", owner=people[0], user_list=people)["chatid"]
    assert client.appchat.get(chat_id)["userlist"] == people
    client.appchat.send_text(chat_id, "您好")
    assert sim.received[0]["to"] == chat_id


def test_client_uploads_media_and_sends_it(sim: Simulator, client: WeChatClient) -> None:
    owner = rooms_of(sim, "app")[0]["owner"]
    uploaded = client.media.upload("file", ("日报.xlsx", io.BytesIO(b"0123456789")))
    client.message.send_file(sim.credentials()["agent_id"], [owner], uploaded["media_id"])
    assert sim.media(uploaded["media_id"]) == ("日报.xlsx", b"0123456789")
    # Its own download() has WeCom's address written into it, as gettoken has.
    assert client.get("media/get", params={"media_id": uploaded["media_id"]}).content == b"0123456789"
