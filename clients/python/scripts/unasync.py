#!/usr/bin/env python3
"""How does `client.py` come from `aio.py`? Word by word, then by ruff.

`unasync.py --check` only says whether it is up to date.
"""

import re
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "tidegate"
TARGET = PACKAGE / "client.py"
OPENING = re.compile(r'\A""".*?"""\n', re.DOTALL)
TITLE = '"""How is the registry asked? Made from `aio.py` by `scripts/unasync.py`: change that one."""\n'
WORDS = [
    (r"httpx\.AsyncClient", "httpx.Client"),
    (r"AsyncBaseTransport", "BaseTransport"),
    (r"\bAsyncClient\b", "Client"),
    (r"\bAsyncIterator\b", "Iterator"),
    (r"^import asyncio\n", ""),
    (r"\basyncio\.sleep\b", "time.sleep"),
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\b__aenter__\b", "__enter__"),
    (r"\b__aexit__\b", "__exit__"),
    (r"\baclose\b", "close"),
    (r"\baiter_bytes\b", "iter_bytes"),
    (r"`async with`", "`with`"),
    (r"between tasks", "between threads"),
]


def made() -> str:
    text = OPENING.sub(TITLE, (PACKAGE / "aio.py").read_text(encoding="utf-8"))
    for pattern, replacement in WORDS:
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return ruff("format", ruff("check", text, "--select", "I", "--fix", "--quiet"))


def ruff(command: str, text: str, *options: str) -> str:
    """Lines got shorter, and names are sorted otherwise."""
    line = [sys.executable, "-m", "ruff", command, *options, "--stdin-filename", str(TARGET), "-"]
    return subprocess.run(line, input=text, capture_output=True, check=True, encoding="utf-8").stdout


def main() -> int:
    if sys.argv[1:] != ["--check"]:
        TARGET.write_text(made(), encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == made():
        return 0
    print("client.py is not what aio.py says; make it again: python scripts/unasync.py")
    return 1


if __name__ == "__main__":
    sys.exit(main())
