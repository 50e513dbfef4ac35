"""Does the tour in the README do what it says? Its commands and programs, as they are printed there."""

import json
import re
import shlex
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from gate import eventually
from lab.server import Server

README = Path(__file__).parents[3] / "README.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README.read_text(), re.DOTALL | re.MULTILINE)


def commands() -> list[list[str]]:
    """The calls of curl, each in its words."""
    lines = "".join(blocks("console")).replace("\\\n", " ").splitlines()
    return [shlex.split(line[2:]) for line in lines if line.startswith("$ curl ")]


@pytest.fixture(scope="module")
def dev(binary, folder):
    server = Server(binary, folder / "tour", {"lineage": {"flush_interval": "300ms"}}, command="dev").start()
    yield server
    server.stop()


def here(text: str, dev: Server) -> str:
    """The same with the addresses of this server."""
    return text.replace("http://127.0.0.1:8081", dev.url).replace("127.0.0.1:9092", dev.bootstrap)


def called(words: list[str], dev: Server):
    """What such a call of curl answers."""
    method, headers, body, url, asked, words = "GET", {}, None, None, "", iter(words[1:])
    for word in words:
        match word:
            case "-s" | "-sG":
                pass
            case "--data-urlencode":
                name, _, value = next(words).partition("=")
                asked = f"?{name}={urllib.parse.quote(value)}"
            case "-X":
                method = next(words)
            case "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            case "-d":
                body = next(words).encode()
            case _:
                assert url is None, f"{word}: an argument that this test does not know"
                url = here(word, dev)
    with urllib.request.urlopen(urllib.request.Request(url + asked, body, headers, method=method), timeout=20) as answer:
        return json.loads(answer.read())


def printed(program: str, dev: Server) -> list[str]:
    command = [sys.executable, "-c", here(program, dev)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_tour(dev):
    registered, checked, *others, with_rule, violations, lineage, overview, search = commands()
    assert called(registered, dev)["version"] == 1
    verdict = called(checked, dev)
    assert verdict["is_compatible"] is False and "TG103" in verdict["messages"][0]
    assert {called(command, dev)["schemaType"] for command in others} == {"JSON", "PROTOBUF"}

    with_serializer, by_hand, refunds = blocks("python")
    stored, cut, bare = printed(with_serializer, dev)
    assert stored.startswith("stored: orders[")
    assert cut.startswith("refused:") and bare.startswith("refused:")
    outcomes = [line.split()[:2] for line in printed(by_hand, dev)]
    assert [outcome[0] for outcome in outcomes] == ["payments", "payments", "shipments", "shipments"]
    assert [outcome[1].rstrip(":") for outcome in outcomes] == ["stored", "refused", "stored", "refused"]

    assert called(with_rule, dev)["id"] == 4
    kept, too_much = printed(refunds, dev)
    assert kept.startswith("stored") and too_much.startswith("refused:")

    def told():
        refused = called(violations, dev)["violations"]
        assert ("refunds", "small") in {(one["topic"], one["rule"]) for one in refused}

    eventually(told)

    def seen():
        [shop] = [one for one in called(lineage, dev)["producers"] if one["client_id"] == "shop"]
        assert (shop["records"], shop["refused"]) == (1, 2)

    eventually(seen)
    [orders] = called(overview, dev)["subjects"]
    assert orders["subject"] == "orders-value" and orders["schemaType"] == "AVRO"
    assert {hit["subject"] for hit in called(search, dev)["subjects"]} == {"refunds-value"}
