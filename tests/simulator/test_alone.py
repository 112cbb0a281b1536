"""The simulator as a process of its own."""

import json
import signal
import subprocess
import sys
from urllib.request import urlopen

import pytest

_COMMAND = "from steward.simulator.alone import run_alone; run_alone(0, 7, 30, 5, 0.0)"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_process_prints_credentials_and_serves_until_a_signal(number: signal.Signals) -> None:
    process = subprocess.Popen([sys.executable, "-c", _COMMAND], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    credentials = json.loads(process.stdout.readline())
    assert set(credentials) == {"base_url", "corp_id", "agent_id", "secrets", "bot_keys"}
    assert set(credentials["secrets"]) == {"app", "contacts", "archive"}
    query = f"corpid={credentials['corp_id']}&corpsecret={credentials['secrets']['app']}"
    with urlopen(f"{credentials['base_url']}gettoken?{query}", timeout=5) as answer:
        assert json.load(answer)["errcode"] == 0
    process.send_signal(number)
    rest, _ = process.communicate(timeout=5)
    assert (process.returncode, rest) == (0, "")
