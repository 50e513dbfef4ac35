"""The laboratory: what the tests need beside the product, fetched, started and ended. Standard library only."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"


class Unavailable(Exception):
    """Something that can't be had on this machine; what needs it is skipped, loudly."""
