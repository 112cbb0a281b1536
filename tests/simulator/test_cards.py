"""Template cards and their updates."""

from datetime import timedelta

import pytest

from steward.simulator import Simulator
from tests.simulator.calling import Caller


@pytest.fixture
def userid(app: Caller) -> str:
    return app.get("user/simplelist", department_id=2)["userlist"][0]["userid"]


def _buttons(**over: object) -> dict:
    card = {
        "card_type": "button_interaction",
        "main_title": {"title": "请在 11:30 前确认"},
        "task_id": "task-1",
        "button_list": [{"text": "我来处理", "key": "take"}, {"text": "误报", "key": "no", "style": 2}],
    }
    return {**card, **over}


def _notice(**over: object) -> dict:
    action = {"type": 1, "url": "https://a.cn"}
    return {"card_type": "text_notice", "main_title": {"title": "日报"}, "card_action": action, **over}


def _send(app: Caller, userid: str, card: dict, **extra: object) -> dict:
    body = {"touser": userid, "msgtype": "template_card", "agentid": app.credentials["agent_id"]}
    return app.post("message/send", {**body, "template_card": card, **extra})


def _update(app: Caller, userid: str, code: str, **over: object) -> dict:
    body = {"userids": [userid], "agentid": app.credentials["agent_id"], "response_code": code}
    return app.post("message/update_template_card", {**body, "button": {"replace_name": "已确认"}, **over})


def test_interactive_card_brings_a_response_code_and_a_notice_does_not(app: Caller, userid: str) -> None:
    assert _send(app, userid, _buttons())["response_code"]
    assert "response_code" not in _send(app, userid, _notice())


def test_notice_with_a_menu_brings_a_response_code(app: Caller, userid: str) -> None:
    menu = {"desc": "更多", "action_list": [{"text": "不再提醒", "key": "mute"}]}
    assert _send(app, userid, _notice(action_menu=menu))["errcode"] == 42014
    assert _send(app, userid, _notice(action_menu=menu, task_id="t1"))["response_code"]


def test_every_kind_of_card_is_accepted_when_complete(app: Caller, userid: str) -> None:
    options = [{"id": "1", "text": "是"}, {"id": "2", "text": "否"}]
    submit = {"text": "提交", "key": "go"}
    title = {"title": "标题"}
    cards = [
        _buttons(),
        _notice(),
        _notice(card_type="news_notice", card_image={"url": "https://a.cn/1.png", "aspect_ratio": 1.5}),
        {
            "card_type": "vote_interaction",
            "main_title": title,
            "task_id": "vote",
            "checkbox": {"question_key": "q", "option_list": options},
            "submit_button": submit,
        },
        {
            "card_type": "multiple_interaction",
            "main_title": title,
            "task_id": "many",
            "select_list": [{"question_key": "q", "title": "选", "option_list": options}],
            "submit_button": submit,
        },
    ]
    assert [_send(app, userid, card)["errcode"] for card in cards] == [0] * 5


@pytest.mark.parametrize(
    ("card", "errcode"),
    [
        ({"card_type": "unknown"}, 40058),
        (_notice(card_action={}), 40058),
        (_notice(main_title={}), 40058),
        (_notice(card_action={"type": 1, "url": "a.cn"}), 45034),
        (_notice(jump_list=[{"title": "x"}] * 4), 40058),
        (_notice(horizontal_content_list=[{"keyname": "k", "value": "v"}] * 7), 40058),
        (_notice(card_type="news_notice"), 40058),
        (_buttons(task_id="bad id"), 42014),
        (_buttons(task_id=""), 42014),
        (_buttons(main_title={}), 40058),
        (_buttons(button_list=[]), 40058),
        (_buttons(button_list=[{"text": "x", "key": "k"}] * 7), 40058),
        (_buttons(button_list=[{"text": "x"}]), 42019),
        (_buttons(button_list=[{"key": "x"}]), 42020),
    ],
)
def test_card_is_refused_when_incomplete_or_over_a_limit(
    app: Caller, userid: str, card: dict, errcode: int
) -> None:
    assert _send(app, userid, card)["errcode"] == errcode


def test_card_is_refused_when_its_task_id_was_used(app: Caller, userid: str) -> None:
    _send(app, userid, _buttons())
    assert _send(app, userid, _buttons())["errcode"] == 42014


def test_card_sent_twice_is_answered_ok_when_duplicates_are_checked(
    sim: Simulator, app: Caller, userid: str
) -> None:
    answers = [_send(app, userid, _buttons(), enable_duplicate_check=1)["errcode"] for _ in range(2)]
    assert answers == [0, 0]
    assert len(sim.received) == 1


def test_interactive_card_is_refused_when_app_has_no_callback_url(
    sim: Simulator, app: Caller, userid: str
) -> None:
    sim.set_limits(has_callback_url=False)
    assert _send(app, userid, _buttons())["errcode"] == 43012
    assert _send(app, userid, _notice())["errcode"] == 0


def test_response_code_works_once(sim: Simulator, app: Caller, userid: str) -> None:
    code = _send(app, userid, _buttons())["response_code"]
    assert _update(app, userid, code, userids=[userid, "NoBody"])["invaliduser"] == ["nobody"]
    assert _update(app, userid, code)["errcode"] == 60140
    assert sim.updated_cards[0]["button"] == {"replace_name": "已确认"}


def test_response_code_is_void_after_72_hours(sim: Simulator, app: Caller, userid: str) -> None:
    sim.set_limits(token_lifetime_s=10**6)
    sim.revoke_tokens()
    app = Caller(sim)
    code = _send(app, userid, _buttons())["response_code"]
    sim.set_now(sim.now() + timedelta(hours=72))
    assert _update(app, userid, code)["errcode"] == 60140
    app.close()


def test_code_is_not_used_up_when_the_update_itself_is_wrong(app: Caller, userid: str) -> None:
    code = _send(app, userid, _buttons())["response_code"]
    assert _update(app, userid, code, button={})["errcode"] == 40058
    assert _update(app, userid, code, button=None, template_card=_notice(card_action={}))["errcode"] == 40058
    assert _update(app, userid, code)["errcode"] == 0
