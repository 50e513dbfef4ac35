#!/usr/bin/env python3
"""How does a pull request show the verdict? As one comment, found again by a hidden mark and written anew.

Needs Python's standard library. `comment.py REPORT.md` takes GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_EVENT_PATH, GITHUB_TOKEN and
EXIT_CODE from the environment, COMMENT_NAME where there are several. It never fails the job: what is wrong is said as a notice.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

LONGEST = 60_000  # GitHub takes 65,536 characters.
PAGES, PAGE = 10, 100
OURS = {"OWNER", "MEMBER", "COLLABORATOR"}


def main() -> int:
    try:
        print(publish(Path(sys.argv[1])))
    except urllib.error.HTTPError as error:
        hint = ": the workflow needs `pull-requests: write`" if error.code in (401, 403) else ""
        print(f"::notice title=tidegate::The pull request can't be commented on, HTTP {error.code}{hint}")
    except (OSError, ValueError, KeyError) as error:
        print(f"::notice title=tidegate::The pull request can't be commented on: {error!r}")
    return 0


def publish(report: Path) -> str:
    if not report.is_file() or not (text := report.read_text(encoding="utf-8").strip()):
        return "There is nothing to comment."
    repository = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}"
    number = int(json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))["pull_request"]["number"])
    mark = f"<!-- tidegate:check:{os.environ.get('COMMENT_NAME', '')} -->"
    body = {"body": f"{mark}\n{shortened(text)}\n"}
    known = find(f"{repository}/issues/{number}/comments", mark)
    if known is not None:
        ask("PATCH", f"{repository}/issues/comments/{known}", body)
        return "The comment was written anew."
    if os.environ.get("EXIT_CODE") == "0":
        return "All is well, and nobody was told otherwise before: no comment."
    ask("POST", f"{repository}/issues/{number}/comments", body)
    return "A comment was written."


def find(comments: str, mark: str) -> int | None:
    """The comment that we wrote before. Strangers can write the mark too; theirs is left alone."""
    for page in range(1, PAGES + 1):
        found = ask("GET", f"{comments}?per_page={PAGE}&page={page}")
        for comment in found:
            is_ours = comment["user"]["type"] == "Bot" or comment.get("author_association") in OURS
            if is_ours and comment["body"].startswith(mark):
                return int(comment["id"])
        if len(found) < PAGE:
            return None
    return None


def shortened(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return text[:LONGEST] + "\n\n… and more, which is in the job's summary."


def ask(method: str, url: str, body: object = None) -> Any:
    headers = {
        "Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}",
        "Accept": "application/vnd.github+json",
        "Content-Type": "application/json",
        "User-Agent": "tidegate-action",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


if __name__ == "__main__":
    sys.exit(main())
