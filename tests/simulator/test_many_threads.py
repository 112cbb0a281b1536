"""Many callers at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from steward.simulator import Simulator
from tests.simulator.calling import Caller, rooms_of


def test_nothing_is_lost_or_doubled_when_many_threads_send(sim: Simulator) -> None:
    owner = rooms_of(sim, "app")[0]["owner"]
    sim.set_limits(member_messages_per_minute=10_000, member_messages_per_hour=10_000)

    def send(thread: int) -> list[str]:
        caller = Caller(sim)
        msgids = [caller.send_text(owner, f"{thread}-{n}")["msgid"] for n in range(25)]
        caller.close()
        return msgids

    with ThreadPoolExecutor(16) as pool:
        msgids = [msgid for ids in pool.map(send, range(16)) for msgid in ids]
    contents = {message["body"]["text"]["content"] for message in sim.received}
    assert len(set(msgids)) == len(contents) == len(sim.received) == 400


def test_bot_lets_exactly_20_through_when_many_threads_send(sim: Simulator) -> None:
    def send(_: int) -> list[int]:
        caller = Caller(sim)
        codes = [caller.send_by_bot()["errcode"] for _ in range(5)]
        caller.close()
        return codes

    with ThreadPoolExecutor(8) as pool:
        codes = [code for some in pool.map(send, range(8)) for code in some]
    assert codes.count(0) == len(sim.received) == 20


def test_readers_get_whole_answers_when_the_company_lives_on_meanwhile(sim: Simulator) -> None:
    sim.set_limits(token_lifetime_s=10**9)
    sim.revoke_tokens()
    chat_ids = [room["chat_id"] for room in rooms_of(sim, "customer")]

    def read(_: int) -> set[int]:
        caller = Caller(sim)
        codes = {
            caller.post("externalcontact/groupchat/get", {"chat_id": chat_ids[n % len(chat_ids)]})["errcode"]
            for n in range(60)
        }
        codes |= {caller.get("user/list", department_id=n)["errcode"] for n in range(1, 20)}
        caller.close()
        return codes

    with ThreadPoolExecutor(4) as pool:
        reading = [pool.submit(read, n) for n in range(4)]
        for day in range(40):
            sim.set_now(sim.now() + timedelta(days=1 + day % 2))
        assert {code for future in reading for code in future.result()} == {0}
