"""Does the real `tidegate` understand what the scripts say to it?"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest
import yaml
from conftest import ACTION
from test_definitions import ACTION_YML, published

CONFIG = """
version: 1
subjects:
  - match: schemas/{name}.avsc
    subject: "{name}-value"
"""
ORDER = {"type": "record", "name": "Order", "fields": [{"name": "id", "type": "long"}]}
BROKEN = ORDER | {"fields": [*ORDER["fields"], {"name": "note", "type": "string"}]}


@pytest.fixture
def binary() -> Path:
    """Built by whoever runs all tests."""
    given = os.environ.get("TIDEGATE_BIN")
    if given is None:
        pytest.skip("TIDEGATE_BIN names no tidegate")
    return Path(given)


@pytest.fixture
def checkout(tmp_path, environment) -> Path:
    """One commit of a pull request that breaks a schema, of a repository that had it right."""

    def git(where: Path, *arguments: str) -> None:
        subprocess.run(["git", "-C", where, *arguments], check=True, capture_output=True, env=environment)

    origin = tmp_path / "upstream"
    (origin / "schemas").mkdir(parents=True)
    git(origin, "init", "--quiet", "--initial-branch=main")
    (origin / "tidegate.yaml").write_text(CONFIG)
    (origin / "schemas" / "order.avsc").write_text(json.dumps(ORDER, indent=2))
    git(origin, "add", ".")
    git(origin, "commit", "--quiet", "-m", "first")
    git(origin, "checkout", "--quiet", "-b", "change")
    (origin / "schemas" / "order.avsc").write_text(json.dumps(BROKEN, indent=2))
    git(origin, "commit", "--quiet", "-am", "second")
    git(tmp_path, "clone", "--quiet", "--depth=1", "--branch=change", f"file://{origin}", "pull-request")
    return tmp_path / "pull-request"


@pytest.mark.parametrize("registries", ["", "registries: { prod: { url: 'https://registry' } }\n"], ids=["none", "one"])
def test_the_pipelines_that_it_writes_are_some(binary, tmp_path, registries):
    """What `tidegate ci init` writes is a pipeline, and gives the action and the template only inputs that they have."""
    (tmp_path / "tidegate.yaml").write_text(CONFIG + registries)
    for forge in ("github", "gitlab"):
        subprocess.run([binary, "ci", "init", forge], cwd=tmp_path, check=True)
    workflow = yaml.safe_load((tmp_path / ".github" / "workflows" / "schemas.yml").read_text())
    # YAML 1.1 reads the key `on` as a truth.
    workflow = {"on" if key is True else key: value for key, value in workflow.items()}
    jsonschema.validate(workflow, published("github-workflows"))
    step = workflow["jobs"]["check"]["steps"][-1]
    assert step["uses"].startswith("tidegate/tidegate/clients/action@v")
    assert set(step["with"]) <= set(ACTION_YML["inputs"])
    pipeline = yaml.safe_load((tmp_path / ".gitlab" / "schemas.yml").read_text())
    jsonschema.validate(pipeline, published("gitlab-ci"))
    header, template = yaml.safe_load_all((ACTION / "gitlab.yml").read_text())
    assert set(pipeline["include"][0]["inputs"]) <= set(header["spec"]["inputs"])
    assert set(pipeline) - {"include"} <= set(template)


@pytest.mark.parametrize("inputs", [{"IN_AGAINST": "git:origin/main"}, {"FROM_FORK": "true"}], ids=["asked", "fork"])
def test_the_action(binary, checkout, environment, tmp_path, inputs):
    output, summary, reports = tmp_path / "output", tmp_path / "summary", tmp_path / "reports"
    summary.touch()
    given = {
        "TIDEGATE": str(binary),
        "REPORTS": str(reports),
        "BASE_REF": "main",
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(output),
        "GITHUB_STEP_SUMMARY": str(summary),
        "IN_SARIF": "true",
        "IN_FAIL_ON": "error",
        "IN_SNAPSHOT": ".tidegate/snapshot.json",
        "IN_PATHS": "schemas",
    }
    outcome = subprocess.run(
        [ACTION / "check.sh"], cwd=checkout, env=environment | given | inputs, capture_output=True, text=True
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "exit-code=1\n" in output.read_text(), outcome.stdout + outcome.stderr
    assert "TG101" in outcome.stdout
    assert "::error file=schemas/order.avsc" in outcome.stdout
    assert "TG101" in json.dumps(json.loads((reports / "report.json").read_text()))
    assert json.loads((reports / "report.sarif").read_text())["version"] == "2.1.0"
    assert summary.read_text().count("### ") == 1
    assert (reports / "report.md").read_text().strip()


def test_the_hook(binary, checkout, environment, tmp_path):
    own = tmp_path / "bin"
    own.mkdir()
    shutil.copy(binary, own / "tidegate")
    path = f"{own}{os.pathsep}{environment['PATH']}"

    def commit(schema: dict) -> int:
        (checkout / "schemas" / "order.avsc").write_text(json.dumps(schema, indent=2))
        return subprocess.run([ACTION / "pre-commit.sh"], cwd=checkout, env=environment | {"PATH": path}).returncode

    fields = [*BROKEN["fields"], {"name": "more", "type": "string", "default": ""}]
    assert commit(BROKEN | {"fields": fields}) == 0
    assert commit(BROKEN | {"fields": [{"name": "id", "type": "string"}]}) == 1


def test_the_template(binary, checkout, environment, tmp_path):
    import yaml

    _, template = yaml.safe_load_all((ACTION / "gitlab.yml").read_text())
    installed = checkout / ".cache" / "tidegate" / "bin"
    installed.mkdir(parents=True)
    shutil.copy(binary, installed / "tidegate")
    given = {
        "XDG_CACHE_HOME": str(checkout / ".cache"),
        "TIDEGATE_FAIL_ON": "error",
        "TIDEGATE_AGAINST": "",
        "TIDEGATE_SNAPSHOT": ".tidegate/snapshot.json",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": "someone/schemas",
        "CI_MERGE_REQUEST_PROJECT_PATH": "shop/schemas",
        "CI_MERGE_REQUEST_PROJECT_URL": f"file://{tmp_path / 'upstream'}",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
    }
    judging = template["tidegate"]["script"][-1]  # What comes before it installs.
    outcome = subprocess.run(["sh", "-c", judging], cwd=checkout, env=environment | given, capture_output=True, text=True)
    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    [finding] = json.loads((checkout / "gl-code-quality-report.json").read_text())
    assert finding["location"]["path"] == "schemas/order.avsc"
    assert "<testsuites" in (checkout / "tidegate-junit.xml").read_text()
