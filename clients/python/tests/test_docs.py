"""Do the examples of docs/python.md run as they stand there?"""

import re
from pathlib import Path

from schemas import ORDER

PAGE = Path(__file__).resolve().parents[3] / "docs" / "python.md"
OUTPUT = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_every_example(server, client, produce, monkeypatch, capsys):
    examples = EXAMPLES.findall(PAGE.read_text(encoding="utf-8"))
    assert len(examples) >= 6
    client.register("orders-value", ORDER)
    client.register(
        "refunds-value", '{"type": "object", "properties": {"id": {"type": "integer"}}}', schema_type="JSON"
    )
    known = client.get_version("orders-value").id
    framed = b"\0" + known.to_bytes(4, "big") + b"\x02"
    from base64 import b64encode

    produce("orders", {"type": "BINARY", "data": b64encode(framed).decode()})
    monkeypatch.setenv("TIDEGATE_URL", server.url)
    variables = {}
    for example in examples:
        exec(compile(example, str(PAGE), "exec"), variables)
    told = capsys.readouterr().out
    [shown] = OUTPUT.findall(PAGE.read_text(encoding="utf-8"))
    assert shown in told
    assert "1 0 {}" in told
    assert "payments-value 1 BACKWARD None" in told
