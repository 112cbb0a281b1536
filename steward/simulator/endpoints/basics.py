"""Tokens and addresses (document paths 91039, 90930, 92520)."""

from steward.simulator.registry import Call, Fields, endpoint


@endpoint("gettoken", right="none")
def get_token(call: Call) -> Fields:
    """Return the token of a secret."""
    token = call.site.access.token_for(
        call.query.get("corpid", ""), call.query.get("corpsecret", ""), call.ip, call.now
    )
    return {"access_token": token, "expires_in": call.site.limits.token_lifetime_s}


@endpoint("getcallbackip", right="any", empty={"ip_list": []})
def get_callback_ip(call: Call) -> Fields:
    """Return where callbacks come from: here, this machine."""
    return {"ip_list": ["127.0.0.1"]}


@endpoint("get_api_domain_ip", right="any", empty={"ip_list": []})
def get_api_domain_ip(call: Call) -> Fields:
    """Return the addresses of the API."""
    return {"ip_list": ["127.0.0.1"]}
