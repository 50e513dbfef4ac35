"""Is `tidegate check` run as the inputs say, also for forks, and is its outcome told to the steps that follow?"""

import subprocess
from pathlib import Path

import pytest
from conftest import ACTION, BINARY


class Step:
    def __init__(self, environment: dict, folder: Path):
        self.folder, self.where = folder, folder
        self.output, self.summary = folder / "output", folder / "summary.md"
        self.summary.write_text("earlier\n")
        binary = folder / "tidegate"
        binary.write_text(BINARY)
        binary.chmod(0o755)
        self.environment = environment | {
            "TIDEGATE": str(binary),
            "REPORTS": str(folder / "reports"),
            "GITHUB_OUTPUT": str(self.output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
        }

    def run(self, **inputs: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [ACTION / "check.sh"], env=self.environment | inputs, cwd=self.where, capture_output=True, text=True
        )

    @property
    def outputs(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.output.read_text().splitlines())


@pytest.fixture
def step(environment, tmp_path) -> Step:
    return Step(environment, tmp_path)


def test_the_least(step, notes, tmp_path):
    outcome = step.run(IN_FAIL_ON="error")
    assert outcome.returncode == 0, outcome.stderr
    reports = tmp_path / "reports"
    assert notes() == [
        "check",
        *("--format", "text"),
        *("--format", f"json={reports}/report.json"),
        *("--format", f"markdown={reports}/report.md"),
        *("--fail-on", "error"),
    ]
    assert step.outputs == {
        "exit-code": "0",
        "report-json": f"{reports}/report.json",
        "report-md": f"{reports}/report.md",
    }
    assert "judged" in outcome.stdout


def test_all_there_is(step, notes):
    step.run(
        IN_AGAINST="registry@staging\n registry@prod",
        IN_PATHS="schemas/a b.avsc\n\nproto/*\n--odd\n",
        IN_FAIL_ON="warning",
        IN_CONFIG="ci/tidegate.yaml",
        IN_SARIF="true",
    )
    told = " ".join(notes()).split("report.md ")[1]
    reports = step.environment["REPORTS"]
    assert told == (
        f"--format sarif={reports}/report.sarif --fail-on warning --config ci/tidegate.yaml "
        "--against registry@staging --against registry@prod -- schemas/a b.avsc proto/* --odd"
    )
    assert notes()[-3:] == ["schemas/a b.avsc", "proto/*", "--odd"]
    assert step.outputs["report-sarif"] == f"{reports}/report.sarif"


@pytest.mark.parametrize("code", [1, 2, 4, 101])
def test_the_outcome_is_told_and_does_not_end_the_job_here(step, code):
    assert step.run(FAKE_EXIT=str(code)).returncode == 0
    assert step.outputs["exit-code"] == str(code)


def test_the_summary_is_written_once(step):
    step.run()
    assert step.summary.read_text() == "earlier\n### verdict 0\n"
    step.run(FAKE_SUMMARY="of tidegate's own")
    assert step.summary.read_text() == "earlier\n### verdict 0\nof tidegate's own\n"


def test_a_fork_is_compared_with_what_was_merged(step, shallow, notes):
    step.where = shallow
    outcome = step.run(FROM_FORK="true", BASE_REF="main", IN_SNAPSHOT=".tidegate/snapshot.json")
    assert outcome.returncode == 0, outcome.stderr
    snapshot = f"{step.environment['REPORTS']}/snapshot.json"
    assert notes()[-5:] == ["--offline", "--against", "git:origin/main", "--against", f"snapshot:{snapshot}"]
    assert Path(snapshot).read_text() == "of main", "what the fork says of the registry doesn't count"
    assert "::notice" in outcome.stdout
    assert "not with the registry" in outcome.stdout
    refs = subprocess.run(["git", "rev-parse", "origin/main"], cwd=shallow, capture_output=True, check=False)
    assert refs.returncode == 0, "the branch was fetched"


def test_a_fork_of_a_project_without_a_snapshot(step, shallow, notes):
    step.where = shallow
    assert step.run(FROM_FORK="true", BASE_REF="main", IN_SNAPSHOT="none.json").returncode == 0
    assert notes()[-3:] == ["--offline", "--against", "git:origin/main"]


def test_a_fork_that_needs_no_secret_is_judged_as_asked(step, shallow, notes):
    step.where = shallow
    outcome = step.run(FROM_FORK="true", BASE_REF="main", IN_AGAINST="git:origin/main", IN_SNAPSHOT="x")
    assert outcome.returncode == 0, outcome.stderr
    assert notes()[-2:] == ["--against", "git:origin/main"]
    assert "--offline" not in notes()
    with_token = step.run(FROM_FORK="true", BASE_REF="main", IN_AGAINST="registry", TIDEGATE_TOKEN="t", IN_SNAPSHOT="x")
    assert with_token.returncode == 0
    assert notes()[-2:] == ["--against", "registry"]


def test_a_base_that_can_not_be_fetched_is_no_verdict(step, shallow):
    step.where = shallow
    outcome = step.run(FROM_FORK="true", BASE_REF="none-such", IN_SNAPSHOT="x")
    assert outcome.returncode != 0
    assert not step.output.exists()


@pytest.mark.parametrize(
    ("code", "ends", "says"),
    [("0", 0, ""), ("1", 1, "findings"), ("2", 2, "tidegate.yaml"), ("4", 4, "Nothing was judged"), ("5", 5, "an approval")]
    + [("", 4, "did not run"), ("101", 101, "ended with 101")],
)
def test_the_verdict(environment, code, ends, says):
    outcome = subprocess.run([ACTION / "verdict.sh"], env=environment | {"EXIT_CODE": code}, capture_output=True, text=True)
    assert outcome.returncode == ends
    assert says in outcome.stdout
    assert outcome.stdout.startswith("::error title=tidegate::") or ends == 0


def test_trouble_can_be_a_warning(environment):
    inputs = {"EXIT_CODE": "4", "IN_ON_UNREACHABLE": "warn"}
    outcome = subprocess.run([ACTION / "verdict.sh"], env=environment | inputs, capture_output=True, text=True)
    assert outcome.returncode == 0
    assert outcome.stdout.startswith("::warning")


@pytest.mark.parametrize(
    ("asked", "told", "outcome"),
    [
        ("", "{}", None),
        ("", '{"comment": "update"}', "true"),
        ("", '{"comment": "never"}', None),
        ("false", '{"comment": "update"}', None),
        ("true", '{"comment": "never"}', "true"),
        ("", "no report", None),
    ],
)
def test_the_workflow_says_before_the_project_whether_there_is_a_comment(step, asked, told, outcome):
    assert step.run(IN_COMMENT=asked, FAKE_REPORT=told).returncode == 0
    assert step.outputs.get("comment") == outcome
