"""Fields of the wrong type get a refusal of WeCom's, never a failure of the simulator's own (HTTP 500)."""

import json
from urllib.parse import quote

import pytest

from steward.simulator.content import APP_MESSAGE
from steward.simulator.registry import ENDPOINTS
from tests.simulator.calling import Caller

_FIELDS = """
cursor limit status_filter owner_filter chat_id need_name roomid type mobile chatid name owner userlist
add_user_list del_user_list touser toparty totag msgid userids partyids response_code button template_card
duplicate_check_interval
"""
_CARD_FIELDS = """
main_title card_action action_menu button_list checkbox select_list submit_button quote_area card_image
horizontal_content_list jump_list button_selection vertical_content_list
"""
_MESSAGE_FIELDS = "articles content title url media_id base64"
_MSGTYPES = ("text", "markdown", "markdown_v2", "textcard", "news", "mpnews", "image", "file")
_JUNK = (None, True, 7, -1, "x", "²", [], [1], {}, {"title": 1}, [{"title": []}])


def _all(fields: str, junk: object) -> dict[str, object]:
    return dict.fromkeys(fields.split(), junk)


@pytest.mark.parametrize("junk", _JUNK, ids=repr)
def test_every_endpoint_answers_when_its_fields_have_the_wrong_type(
    app: Caller, archive: Caller, junk: object
) -> None:
    body = json.dumps(_all(_FIELDS, junk)).encode()
    text = quote(str(junk))
    for path in ENDPOINTS:
        token = archive.token if path.startswith("msgaudit") else app.token
        target = f"/cgi-bin/{path}?access_token={token}&key={app.credentials['bot_keys'][0]}"
        assert app.raw("POST", target, body)[0] == 200
        assert app.raw("GET", f"{target}&id={text}&department_id={text}&userid={text}")[0] == 200


@pytest.mark.parametrize("junk", _JUNK, ids=repr)
def test_every_kind_of_message_is_answered_when_its_fields_have_the_wrong_type(
    app: Caller, junk: object
) -> None:
    contents = [
        (msgtype, content) for msgtype in _MSGTYPES for content in (_all(_MESSAGE_FIELDS, junk), junk)
    ]
    for kind in APP_MESSAGE.card_types:
        contents.append(("template_card", {**_all(_CARD_FIELDS, junk), "task_id": "t", "card_type": kind}))
    agent_id, key = app.credentials["agent_id"], app.credentials["bot_keys"][0]
    for msgtype, content in contents:
        body = {"touser": "@all", "agentid": agent_id, "msgtype": msgtype, msgtype: content}
        for target in (f"message/send?access_token={app.token}", f"webhook/send?key={key}"):
            assert app.raw("POST", f"/cgi-bin/{target}", json.dumps(body).encode())[0] == 200
