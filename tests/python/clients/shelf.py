"""What lies on the shelf? One parcel, written by every client, in files that every client reads.

`MAKER.FORMAT` is a record's value; where its schema's id travels in a header, that header lies in `MAKER.FORMAT.header`.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

FILES = Path(__file__).resolve().parents[2] / "clients" / "shelf"
PARCEL = json.loads((FILES / "parcel.json").read_text())


def schema(ending: str) -> str:
    """The parcel's schema, which every client registers in its own way."""
    return (FILES / f"parcel.{ending}").read_text()


def topic(form: str) -> str:
    return f"parcels-{form}"


@dataclass(frozen=True)
class Item:
    maker: str
    form: str
    value: bytes
    headers: list

    @property
    def file(self) -> Path:
        return folder() / f"{self.maker}.{self.form}"

    def put(self) -> None:
        if self.headers:
            [(_, self_described)] = self.headers
            self.file.with_name(self.file.name + ".header").write_bytes(self_described)
        self.file.write_bytes(self.value)


def folder() -> Path:
    return Path(os.environ["TIDEGATE_SHELF"])


def items(form: str) -> list[Item]:
    found = []
    for file in sorted(folder().glob(f"*.{form}")):
        header = file.with_name(file.name + ".header")
        headers = [("__value_schema_id", header.read_bytes())] if header.exists() else []
        found.append(Item(file.stem, form, file.read_bytes(), headers))
    return found
