"""Does the client that doesn't block do the same?"""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

import tidegate
from schemas import ORDER, WITH_NOTE, WITHOUT_DEFAULT
from scripted import Reply


def test_the_life_of_a_subject(server, name):
    async def story():
        async with tidegate.AsyncClient(server.url) as client:
            first = await client.register(name, ORDER)
            known = await asyncio.gather(*(client.get_schema(first.id) for _ in range(20)))
            assert {one.schema for one in known} == {known[0].schema}
            assert await client.get_schema(first.id) is await client.get_schema(first.id)
            verdict = await client.check(WITHOUT_DEFAULT, name)
            assert not verdict
            assert "TG101" in str(verdict)
            with pytest.raises(tidegate.IncompatibleSchema):
                await client.register(name, WITHOUT_DEFAULT)
            await client.register(name, WITH_NOTE)
            found = [subject.subject async for subject in client.overview(prefix=name, page_size=1)]
            assert found == [name]

    asyncio.run(story())


def test_a_safe_call_is_tried_again(scripted):
    scripted.will(Reply(503, b""), Reply(200, b'["a"]'))

    async def story():
        async with tidegate.AsyncClient(scripted.url, retry=tidegate.Retry(first=0.01)) as client:
            return await client.list_subjects()

    assert asyncio.run(story()) == ["a"]
    assert len(scripted.asked) == 2


def test_both_clients_have_the_same_methods():
    def public(kind):
        return {name for name in vars(kind) if not name.startswith("_")} - {"close", "aclose"}

    assert public(tidegate.AsyncClient) == public(tidegate.Client)


def test_one_client_is_made_from_the_other():
    script = Path(__file__).parent.parent / "scripts" / "unasync.py"
    outcome = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
