"""Does GitLab's job do what it says? Its script is taken from the template and run as a runner would."""

import json
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from conftest import ACTION, VERSION


@pytest.fixture
def job(environment, releases, tmp_path):
    """Runs the script, with inputs filled in, in a folder; gives the outcome."""
    if shutil.which("jq") is None:
        pytest.skip("jq is not installed")
    header, template = yaml.safe_load_all((ACTION / "gitlab.yml").read_text())
    inputs = {name: str(given.get("default", "")) for name, given in header["spec"]["inputs"].items()}
    inputs |= {"version": VERSION, "download-url": releases.url, "sha256": releases.pin}

    def run(where: Path, changed: dict | None = None, **more: str) -> subprocess.CompletedProcess:
        filled = inputs | (changed or {})
        variables = {}
        for name, value in template["tidegate"]["variables"].items():
            for key, given in filled.items():
                value = value.replace(f"$[[ inputs.{key} ]]", given)
            variables[name] = value.replace("$CI_PROJECT_DIR", str(where))
        script = "\n".join(["set -e", *template["tidegate"]["before_script"], *template["tidegate"]["script"]])
        return subprocess.run(
            ["sh", "-c", script], cwd=where, env=environment | variables | more, capture_output=True, text=True
        )

    return run


def test_it_checks_and_leaves_reports(job, tmp_path, notes):
    outcome = job(tmp_path, {"against": "registry@staging registry@prod"})
    assert outcome.returncode == 0, outcome.stderr
    assert notes()[:3] == ["check", "--fail-on", "error"]
    assert notes()[-4:] == ["--against", "registry@staging", "--against", "registry@prod"]
    for report in ("gl-code-quality-report.json", "tidegate-junit.xml", "tidegate-report.md", "tidegate-report.json"):
        assert (tmp_path / report).is_file()


def test_it_ends_as_the_check_does(job, tmp_path):
    assert job(tmp_path, FAKE_EXIT="1").returncode == 1


def test_another_archive_is_not_run(job, tmp_path):
    outcome = job(tmp_path, {"sha256": "0" * 64})
    assert outcome.returncode == 4
    assert "it is not used" in outcome.stderr
    assert not (tmp_path / "notes").exists()


def test_without_a_pin_that_is_said(job, tmp_path, releases):
    assert "is not pinned" in job(tmp_path, {"sha256": ""}).stderr
    (releases.folder / f"v{VERSION}" / "SHA256SUMS").write_text("")
    assert job(tmp_path, {"sha256": ""}).returncode == 4


def test_a_fork_is_compared_with_what_was_merged(job, shallow, tmp_path, notes):
    outcome = job(
        shallow,
        CI_MERGE_REQUEST_IID="7",
        CI_MERGE_REQUEST_SOURCE_PROJECT_PATH="someone/schemas",
        CI_MERGE_REQUEST_PROJECT_PATH="shop/schemas",
        CI_MERGE_REQUEST_PROJECT_URL=f"file://{tmp_path / 'origin'}",
        CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main",
    )
    assert outcome.returncode == 0, outcome.stderr
    assert notes()[-5:] == [
        "--offline",
        *("--against", "git:refs/tidegate/target"),
        *("--against", "snapshot:.cache/tidegate/snapshot.json"),
    ]
    assert (shallow / ".cache/tidegate/snapshot.json").read_text() == "of main"
    assert "comes from a fork" in outcome.stdout


def test_a_note_is_written_anew(job, tmp_path):
    found, asked = [{"id": 1, "body": "talk", "system": False}], []

    class GitLab(BaseHTTPRequestHandler):
        def answer(self):
            told = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "null")
            asked.append((self.command, self.path.partition("?")[0], self.headers["PRIVATE-TOKEN"]))
            if self.command == "POST":
                found.append({"id": len(found) + 1, "system": False} | told)
            elif self.command == "PUT":
                found[int(self.path.rsplit("/", 1)[-1]) - 1] |= told
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(found).encode())

        do_GET = do_POST = do_PUT = answer

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), GitLab)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    merge = {
        "TIDEGATE_GITLAB_TOKEN": "secret",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_PROJECT_ID": "42",
        "CI_API_V4_URL": f"http://127.0.0.1:{server.server_port}",
        "TIDEGATE_TOKEN": "t",
    }
    try:
        assert job(tmp_path, **merge).returncode == 0
        assert len(found) == 1, "all is well, and nobody was told otherwise"
        assert job(tmp_path, FAKE_EXIT="1", **merge).returncode == 1
        assert found[1]["body"] == "<!-- tidegate:check -->\n### verdict 1\n"
        assert job(tmp_path, **merge).returncode == 0
        assert found[1]["body"] == "<!-- tidegate:check -->\n### verdict 0\n"
        before = len(asked)
        assert job(tmp_path, FAKE_EXIT="1", FAKE_REPORT='{"comment": "never"}', **merge).returncode == 1
        assert len(asked) == before, "the project wants no note"
    finally:
        server.shutdown()
        server.server_close()
    assert asked[-1] == ("PUT", "/projects/42/merge_requests/7/notes/2", "secret")
    assert len(found) == 2
