"""Is the demo's estate alive, and gone when it ends? Started as `make demo` starts it, with the server that is there."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

from lab import ROOT
from lab.ports import free_block, free_port

PATIENCE = 60


@pytest.fixture
def demo(binary):
    if shutil.which("node") is None:
        pytest.skip("the demo's seed needs node")
    http, kafka = free_port(), free_block(6)
    addresses = ["--listen", f"127.0.0.1:{http}", "--proxy-listen", f"127.0.0.1:{kafka}"]
    environment = os.environ | {"TIDEGATE_SERVER_BIN": str(binary)}
    command = [sys.executable, ROOT / "tests" / "run.py", "demo", *addresses]
    process = subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # As at a keyboard: what a shell starts in the background ignores Ctrl-C, and so would this.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    yield f"http://127.0.0.1:{http}", process
    if process.poll() is None:
        process.kill()
        process.wait()


def ask(url: str, path: str) -> dict:
    with urllib.request.urlopen(url + path, timeout=5) as answer:
        return json.load(answer)


def wait_for(what, found) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if found():
                return
        except OSError:
            pass  # Not there yet.
        time.sleep(0.5)
    pytest.fail(f"{what} did not appear within {PATIENCE} s")


def test_it_lives_and_ends(demo):
    url, process = demo
    began = time.time()

    def writers() -> set[str]:
        told = ask(url, "/govern/v1/lineage/topics/orders.created?cluster=harbour")
        # Those that the seed tells of are elsewhere.
        return {one["client_id"] for one in told["producers"] if one["address"].startswith("127.")}

    wait_for("the till that writes nonsense", lambda: {"checkout-api", "pos-gateway"} <= writers())

    def is_refused() -> bool:
        found = ask(url, "/govern/v1/violations?clientId=pos-gateway&rule=total-not-negative")["violations"]
        return any(one["lastSeen"] > time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(began)) for one in found)

    wait_for("a refused record", is_refused)
    jobs = {job["name"] for job in ask(url, "/api/v1/jobs?limit=100")["jobs"]}
    assert {"flink.enrich-orders", "dbt.daily_revenue"} <= jobs
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)  # As impatient people do.
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 0, output
    with pytest.raises(OSError):
        ask(url, "/health/live")
