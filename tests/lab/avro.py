"""Where does Avro's own Java library come from, which a test of the crate compat asks? Jars from Maven Central."""

import shutil
from pathlib import Path

from . import CACHE, ROOT, Unavailable, maven

POM = ROOT / "compat" / "tests" / "java" / "pom.xml"
JARS = CACHE / "avro"


def fetch() -> Path:
    """The folder with the jars."""
    if shutil.which("javac") is None:
        raise Unavailable("Apache Avro is asked by a source file, which needs a whole JDK")
    maven.fetch("Apache Avro", POM, JARS)
    return JARS
