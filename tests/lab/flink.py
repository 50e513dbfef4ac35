"""What does a Flink job need? PyFlink in an environment of its own, and the jars that read and write topics."""

from pathlib import Path

from . import CACHE, ROOT, maven, python

FOLDER = ROOT / "tests" / "flink"
JARS = CACHE / "flink-jars"
JOB = FOLDER / "job.py"


def fetch() -> tuple[Path, Path]:
    """The interpreter that has PyFlink, and the folder with the jars."""
    maven.fetch("Apache Flink", FOLDER / "pom.xml", JARS)
    return python.environment(FOLDER / "requirements.txt", CACHE / "flink"), JARS
