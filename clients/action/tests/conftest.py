"""Where do these tests download from? A server on this machine with releases that `pack.sh` made of a binary that only notes."""

import os
import shutil
import subprocess
import threading
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ACTION = Path(__file__).resolve().parent.parent
VERSION = "9.9.9"

# It notes its arguments and what it knows, writes what it was asked for, and ends as it was told to.
BINARY = r"""#!/usr/bin/env bash
printf '%s\n' "$@" > "$FAKE_NOTES"
env > "$FAKE_NOTES.env"
for argument in "$@"; do
    case "$argument" in
        *=*report.md | markdown=*) printf '### verdict %s\n' "${FAKE_EXIT:-0}" > "${argument#*=}" ;;
        json=*) if [ -n "${FAKE_REPORT:-}" ]; then echo "$FAKE_REPORT"; else echo '{}'; fi > "${argument#*=}" ;;
        gitlab=* | junit=* | sarif=*) echo '{}' > "${argument#*=}" ;;
    esac
done
[ -z "${FAKE_SUMMARY:-}" ] || echo "$FAKE_SUMMARY" >> "$GITHUB_STEP_SUMMARY"
echo "judged"
exit "${FAKE_EXIT:-0}"
"""


@dataclass
class Releases:
    """What can be downloaded, and what was."""

    folder: Path
    url: str
    asked: list[str]
    pin: str

    @property
    def archive(self) -> Path:
        return next((self.folder / f"v{VERSION}").glob("*.tar.gz"))


@pytest.fixture
def releases(tmp_path, triple):
    folder, asked = tmp_path / "releases", []
    binary = tmp_path / "binary"
    binary.write_text(BINARY)
    pinned = subprocess.run(
        [ACTION / "pack.sh", binary, VERSION, triple, folder / f"v{VERSION}"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(folder))

        def log_message(self, *_):
            asked.append(self.path.rsplit("/", 1)[-1])

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield Releases(folder, f"http://127.0.0.1:{server.server_port}", asked, pinned.split()[1])
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def triple() -> str:
    """What archives for this machine are called after."""
    name = subprocess.run([ACTION / "install.sh", "--name"], check=True, capture_output=True, text=True).stdout.strip()
    pinned = next(line.split()[1] for line in (ACTION / "release.txt").read_text().splitlines() if line.startswith("version"))
    return name.removeprefix(f"tidegate-{pinned}-").removesuffix(".tar.gz")


@pytest.fixture
def environment(releases, tmp_path) -> dict[str, str]:
    """What a runner would have, as far as the scripts look at it; nothing of ours."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "TIDEGATE_VERSION": VERSION,
        "TIDEGATE_DOWNLOAD_URL": releases.url,
        "TIDEGATE_CACHE": str(tmp_path / "cache"),
        "FAKE_NOTES": str(tmp_path / "notes"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@example.com",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@example.com",
    }


@pytest.fixture
def notes(environment):
    """The arguments that the binary was called with."""
    return lambda: Path(environment["FAKE_NOTES"]).read_text().splitlines()


@pytest.fixture
def shallow(tmp_path, environment) -> Path:
    """A checkout as actions/checkout makes it: one commit of a pull request, of a repository whose main has a snapshot."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")

    def git(where: Path, *arguments: str) -> None:
        subprocess.run(["git", "-C", where, *arguments], check=True, capture_output=True, env=environment)

    origin = tmp_path / "origin"
    (origin / ".tidegate").mkdir(parents=True)
    git(origin, "init", "--quiet", "--initial-branch=main")
    (origin / ".tidegate" / "snapshot.json").write_text("of main")
    git(origin, "add", ".")
    git(origin, "commit", "--quiet", "-m", "first")
    git(origin, "checkout", "--quiet", "-b", "change")
    (origin / ".tidegate" / "snapshot.json").write_text("of the fork")
    git(origin, "commit", "--quiet", "-am", "second")
    checkout = tmp_path / "checkout"
    git(tmp_path, "clone", "--quiet", "--depth=1", "--branch=change", f"file://{origin}", str(checkout))
    return checkout
