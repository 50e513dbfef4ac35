"""Is there one comment, which is written anew, and nothing of anybody else's touched?"""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from conftest import ACTION

MARK = "<!-- tidegate:check: -->"


class GitHub:
    """As much of the API as comments need."""

    def __init__(self):
        self.comments: list[dict] = []
        self.asked: list[tuple[str, str]] = []
        self.status = 200
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def add(self, body: str, user: str = "Bot", association: str = "NONE") -> int:
        comment = {"id": len(self.comments) + 1, "body": body, "user": {"type": user}, "author_association": association}
        self.comments.append(comment)
        return comment["id"]

    def _handler(self):
        github = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                github.asked.append((self.command, self.path))
                assert self.headers["Authorization"] == "Bearer secret"
                told = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "null")
                path, _, query = self.path.partition("?")
                found = {}
                if self.command == "GET":
                    page = int(query.split("page=")[-1])
                    found = github.comments[(page - 1) * 100 : page * 100]
                elif self.command == "POST" and github.status == 200:
                    github.add(told["body"])
                elif self.command == "PATCH" and github.status == 200:
                    github.comments[int(path.rsplit("/", 1)[-1]) - 1]["body"] = told["body"]
                self.send_response(github.status)
                self.end_headers()
                self.wfile.write(json.dumps(found).encode())

            do_GET = do_POST = do_PATCH = answer

            def log_message(self, *_):
                pass

        return Handler


@pytest.fixture
def github():
    made = GitHub()
    yield made
    made.close()


@pytest.fixture
def comment(github, environment, tmp_path):
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7}}))
    report = tmp_path / "report.md"

    def run(text: str | None, code: str = "1", **more: str) -> str:
        report.unlink(missing_ok=True)
        if text is not None:
            report.write_text(text)
        known = {
            "GITHUB_API_URL": github.url,
            "GITHUB_REPOSITORY": "shop/schemas",
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_TOKEN": "secret",
            "EXIT_CODE": code,
        }
        outcome = subprocess.run(
            [sys.executable, ACTION / "comment.py", report], env=environment | known | more, capture_output=True, text=True
        )
        assert outcome.returncode == 0, outcome.stderr
        assert "secret" not in outcome.stdout + outcome.stderr
        return outcome.stdout

    return run


def test_one_comment_is_written_anew(github, comment):
    for number in range(150):
        github.add(f"talk {number}", "User")
    comment("### first")
    assert github.comments[150]["body"] == f"{MARK}\n### first\n"
    comment("### second")
    comment("### all is well", code="0")
    assert len(github.comments) == 151
    assert github.comments[150]["body"] == f"{MARK}\n### all is well\n"
    assert github.asked[-1] == ("PATCH", "/repos/shop/schemas/issues/comments/151")


def test_who_was_never_told_otherwise_is_not_told_that_all_is_well(github, comment):
    assert "no comment" in comment("### fine", code="0")
    assert github.comments == []


def test_the_comments_of_strangers_are_left_alone(github, comment):
    theirs = f"{MARK}\nmine"
    github.add(theirs, "User", "NONE")
    github.add(f"quoting {MARK}", "Bot")
    comment("### first")
    assert [one["body"] for one in github.comments[:2]] == [theirs, f"quoting {MARK}"]
    assert len(github.comments) == 3
    github.comments.clear()
    github.add(f"{MARK}\nours, by a person's token", "User", "MEMBER")
    comment("### second")
    assert len(github.comments) == 1


def test_names_keep_comments_apart(github, comment):
    comment("### a", COMMENT_NAME="a")
    comment("### b", COMMENT_NAME="b")
    assert len(github.comments) == 2


def test_what_is_too_long_is_cut(github, comment):
    comment("x" * 100_000)
    assert len(github.comments[0]["body"]) < 65_536
    assert "job's summary" in github.comments[0]["body"]


def test_whoever_may_not_is_told_what_is_missing(github, comment):
    github.status = 403
    assert "pull-requests: write" in comment("### first")


@pytest.mark.parametrize("text", [None, "", "  \n"])
def test_without_a_report_nothing_is_said(github, comment, text):
    assert "nothing to comment" in comment(text)
    assert github.asked == []


def test_github_is_away(comment):
    assert "::notice" in comment("### first", GITHUB_API_URL="http://127.0.0.1:1")
