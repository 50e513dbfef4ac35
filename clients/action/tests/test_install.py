"""Is a binary run only if it is the one that was meant?"""

import subprocess
from pathlib import Path

import pytest
from conftest import ACTION, VERSION


def install(environment: dict, **more: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [ACTION / "install.sh"], env=environment | more, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )


def test_it_is_fetched_once_and_compared_each_time(environment, releases):
    first = install(environment, TIDEGATE_SHA256=releases.pin)
    assert (first.returncode, first.stderr) == (0, "")
    binary = Path(first.stdout.strip())
    assert binary.read_bytes().startswith(b"#!")
    assert binary.stat().st_mode & 0o111
    binary.write_text("something else")
    again = install(environment, TIDEGATE_SHA256=releases.pin)
    assert again.stdout == first.stdout
    assert binary.read_text() != "something else", "it is unpacked anew"
    assert releases.asked == [releases.archive.name]


def test_another_archive_is_not_used(environment, releases, tmp_path):
    wrong = install(environment, TIDEGATE_SHA256="0" * 64)
    assert wrong.returncode == 4
    assert "it is not used" in wrong.stderr
    assert not list((tmp_path / "cache").glob("**/tidegate"))
    assert not list((tmp_path / "cache").glob("*.tar.gz"))


def test_what_was_changed_in_the_cache_is_fetched_again(environment, releases, tmp_path):
    install(environment, TIDEGATE_SHA256=releases.pin)
    kept = tmp_path / "cache" / releases.archive.name
    kept.write_bytes(b"changed")
    assert install(environment, TIDEGATE_SHA256=releases.pin).returncode == 0
    assert kept.read_bytes() == releases.archive.read_bytes()


def test_without_a_pin_the_release_is_believed_and_that_is_said(environment, releases):
    outcome = install(environment)
    assert outcome.returncode == 0
    assert "is not pinned" in outcome.stderr
    assert releases.asked == ["SHA256SUMS", releases.archive.name]


@pytest.mark.parametrize("sums", ["", "zzz  {name}\n", "{pin}  another.tar.gz\n"])
def test_without_a_checksum_nothing_is_run(environment, releases, sums):
    text = sums.format(name=releases.archive.name, pin=releases.pin)
    (releases.folder / f"v{VERSION}" / "SHA256SUMS").write_text(text)
    outcome = install(environment)
    assert outcome.returncode == 4
    assert "there is no checksum" in outcome.stderr


def test_an_archive_without_a_binary(environment, releases, tmp_path):
    (tmp_path / "other").write_text("x")
    subprocess.run(["tar", "-czf", releases.archive, "-C", tmp_path, "other"], check=True)
    pin = subprocess.run(["sha256sum", releases.archive], check=True, capture_output=True, text=True).stdout.split()[0]
    outcome = install(environment, TIDEGATE_SHA256=pin)
    assert outcome.returncode == 4
    assert "holds no tidegate" in outcome.stderr


@pytest.mark.parametrize("version", ["../1.0", "1.0;id", "-1", "1.0/.."])
def test_versions_that_are_none(environment, version):
    outcome = install(environment, TIDEGATE_VERSION=version)
    assert outcome.returncode == 4
    assert "this is no version" in outcome.stderr


def test_a_release_that_is_not_there(environment, releases):
    outcome = install(environment, TIDEGATE_VERSION="0.0.1")
    assert outcome.returncode == 4
    assert "can't be downloaded" in outcome.stderr


def test_nothing_is_fetched_in_clear_from_elsewhere(environment):
    outcome = install(environment, TIDEGATE_DOWNLOAD_URL="http://releases.example")
    assert outcome.returncode == 4
    assert "rotocol" in outcome.stderr


def test_two_at_once(environment, releases):
    command = [ACTION / "install.sh"]
    pinned = environment | {"TIDEGATE_SHA256": releases.pin}
    running = [subprocess.Popen(command, env=pinned, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    told = {process.communicate()[0] for process in running}
    assert [process.returncode for process in running] == [0] * 4
    assert len(told) == 1
