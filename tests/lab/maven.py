"""Where do jars come from? Maven Central, those of one pom into one folder."""

import shutil
import subprocess
from pathlib import Path

from . import Unavailable


def fetch(what: str, pom: Path, folder: Path) -> None:
    """Puts the jars into the folder, unless those of this pom are there already."""
    for tool in ("java", "mvn"):
        if shutil.which(tool) is None:
            raise Unavailable(f"{what} needs `{tool}`, which is not installed")
    text = pom.read_text()
    fetched = folder / ".pom.xml"  # The pom that the jars were fetched with.
    if fetched.exists() and fetched.read_text() == text:
        return
    shutil.rmtree(folder, ignore_errors=True)
    goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={folder}"]
    maven = subprocess.run(["mvn", "-q", "-B", "-f", pom, *goal], stdin=subprocess.DEVNULL)
    if maven.returncode != 0:
        raise Unavailable(f"Maven could not fetch {what}'s jars (see its output above)")
    fetched.write_text(text)
