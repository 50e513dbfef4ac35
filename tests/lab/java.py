"""How is Confluent's Java client tried? As Flink's jar on Maven Central brings it, by a program that prints its checks."""

import os
import shutil
import subprocess

from . import CACHE, ROOT, Unavailable, maven
from .summary import Suite

NAME = "java"
FOLDER = ROOT / "tests" / "clients" / "java"
JARS = CACHE / "clients-java"
CLASSES = CACHE / "clients-java-classes"
CLASS_PATH = f"{JARS}{os.sep}*"


def prepare() -> None:
    if shutil.which("javac") is None:
        raise Unavailable("the client for Java is compiled, which needs a whole JDK")
    maven.fetch("Confluent's client for Java", FOLDER / "pom.xml", JARS)


def stories(environment: dict) -> list[Suite]:
    shutil.rmtree(CLASSES, ignore_errors=True)
    sources = sorted(FOLDER.glob("*.java"))
    compile_all = ["javac", "-d", CLASSES, "-cp", CLASS_PATH, *sources]
    if subprocess.run(compile_all, stdin=subprocess.DEVNULL).returncode != 0:
        return [Suite(f"clients {NAME}", failed=1, note="it does not compile")]
    return run("stories", environment)


def readings(environment: dict) -> list[Suite]:
    return run("readings", environment) if CLASSES.exists() else []


def run(part: str, environment: dict) -> list[Suite]:
    command = ["java", "-cp", f"{CLASSES}{os.pathsep}{CLASS_PATH}", "Clients", part]
    sources = str(ROOT / "tests" / "clients" / "shelf")
    process = subprocess.run(
        command,
        env=environment | {"TIDEGATE_SHELF_SOURCES": sources},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    print(process.stdout, end="", flush=True)
    lines = process.stdout.splitlines()
    suite = Suite(f"clients {NAME} {part}")
    suite.passed = sum(line.startswith("ok ") for line in lines)
    suite.failed = sum(line.startswith("FAILED ") for line in lines)
    if process.returncode != 0:
        suite.failed, suite.note = suite.failed + 1, f"it ended with {process.returncode}"
    return [suite]
