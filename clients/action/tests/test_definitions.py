"""Are the definitions what GitHub, GitLab and pre-commit take, and do they fit the scripts?"""

import json
import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import jsonschema
import pytest
import yaml
from conftest import ACTION

ROOT = ACTION.parents[1]
ACTION_YML = yaml.safe_load((ACTION / "action.yml").read_text())
STEPS = ACTION_YML["runs"]["steps"]
SCRIPTS = sorted(ACTION.glob("*.sh"))
# Found, not imported: only the schemas that it brings are wanted.
PUBLISHED = Path(find_spec("check_jsonschema").submodule_search_locations[0]) / "builtin_schemas" / "vendor"


def published(name: str) -> dict:
    return json.loads((PUBLISHED / f"{name}.json").read_text(encoding="utf-8"))


def test_the_action_is_one():
    jsonschema.validate(ACTION_YML, published("github-actions"))


def test_the_template_is_one():
    _, template = yaml.safe_load_all((ACTION / "gitlab.yml").read_text())
    jsonschema.validate(template, published("gitlab-ci"))


def test_inputs_are_all_used_and_all_there():
    used = set(re.findall(r"inputs\.([a-z0-9-]+)", (ACTION / "action.yml").read_text()))
    assert used == set(ACTION_YML["inputs"])
    header, _ = yaml.safe_load_all((ACTION / "gitlab.yml").read_text())
    used = set(re.findall(r"inputs\.([a-z0-9-]+)", (ACTION / "gitlab.yml").read_text()))
    assert used == set(header["spec"]["inputs"])


def test_nothing_that_others_write_becomes_part_of_a_script():
    for step in STEPS:
        assert "${{" not in step.get("run", ""), step["name"]


def test_what_scripts_read_is_handed_to_them():
    given = {name for step in STEPS for name in step.get("env", {})}
    for script in ("check.sh", "verdict.sh"):
        assert set(re.findall(r"\bIN_[A-Z_]+", (ACTION / script).read_text())) <= given


def test_versions_agree():
    pinned = re.search(r"^version (\S+)$", (ACTION / "release.txt").read_text(), re.MULTILINE)[1]
    header, _ = yaml.safe_load_all((ACTION / "gitlab.yml").read_text())
    assert header["spec"]["inputs"]["version"]["default"] == pinned
    assert re.search(r'^version = "(.+)"$', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1] == pinned


def test_the_hooks_can_be_run():
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    known = {"id", "name", "description", "entry", "language", "files", "pass_filenames", "require_serial"}
    for hook in hooks:
        assert set(hook) <= known
        assert {"id", "name", "entry", "language"} <= set(hook)
        for file, is_meant in {"a/b.avsc": True, "tidegate.yaml": True, "x/tidegate.yml": True, "a.rs": False}.items():
            assert bool(re.search(hook["files"], file)) == is_meant
        if hook["language"] == "script":
            assert os.access(ROOT / hook["entry"], os.X_OK)
        else:
            # Both look at the same.
            assert hook["entry"].removeprefix("tidegate ") in (ACTION / "pre-commit.sh").read_text()


@pytest.mark.parametrize("is_installed", [True, False])
def test_the_hook(environment, releases, tmp_path, notes, is_installed):
    if is_installed:
        own = tmp_path / "bin"
        own.mkdir()
        shutil.copy(tmp_path / "binary", own / "tidegate")
        (own / "tidegate").chmod(0o755)
        environment["PATH"] = f"{own}{os.pathsep}{environment['PATH']}"
    hook = [ACTION / "pre-commit.sh", "--config", "x.yaml"]
    outcome = subprocess.run(hook, env=environment | {"FAKE_EXIT": "1"}, capture_output=True, text=True)
    assert outcome.returncode == 1, outcome.stderr
    assert notes() == ["check", "--changed", "--offline", "--quiet", "--against", "git:HEAD", "--config", "x.yaml"]
    assert bool(releases.asked) != is_installed


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_scripts_are_clean(script):
    assert os.access(script, os.X_OK)
    assert script.read_text().startswith("#!/usr/bin/env bash\n# ")
    subprocess.run(["bash", "-n", script], check=True)
    shellcheck = shutil.which("shellcheck", path=f"{Path(os.sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert shellcheck, "requirements.txt brings it"
    outcome = subprocess.run([shellcheck, script], capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stdout


def test_the_script_of_the_template_is_clean(tmp_path):
    _, template = yaml.safe_load_all((ACTION / "gitlab.yml").read_text())
    script = tmp_path / "job.sh"
    job = template["tidegate"]
    script.write_text("#!/bin/sh\n" + "\n".join([*job["before_script"], *job["script"]]))
    shellcheck = shutil.which("shellcheck", path=f"{Path(os.sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    # Variables come from the job, and the list of what to compare with is meant to be split.
    outcome = subprocess.run([shellcheck, "--exclude=SC2154", script], capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stdout
