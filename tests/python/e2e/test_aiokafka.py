"""Does a client that shares no code with librdkafka work too?"""

import asyncio
import uuid

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, OutOfOrderSequenceNumber

from gate import order

CODECS = [None, "gzip", "snappy", "lz4", "zstd"]


@pytest.mark.parametrize("codec", CODECS)
def test_it_produces_is_refused_and_goes_on(gate, codec):
    topic = gate.topic("enforced")
    schema_id = gate.register(f"{topic}-value")
    values = [order(schema_id, number) for number in range(20)]

    async def story():
        async with producer(gate, compression_type=codec) as sender:
            await asyncio.gather(*(sender.send_and_wait(topic, value) for value in values[:10]))
            with pytest.raises(KafkaError):
                await sender.send_and_wait(topic, values[0][:-1])
            await asyncio.gather(*(sender.send_and_wait(topic, value) for value in values[10:]))

    asyncio.run(story())
    assert gate.values(topic) == values


def test_its_idempotent_producer_is_followed_by_another_after_a_refusal(gate):
    """It never begins a new sequence, so after any refusal, by a broker too, it is out of order."""
    topic = gate.topic("enforced")
    schema_id = gate.register(f"{topic}-value")
    values = [order(schema_id, number) for number in range(20)]

    async def story():
        async with producer(gate, enable_idempotence=True) as sender:
            await asyncio.gather(*(sender.send_and_wait(topic, value) for value in values[:10]))
            with pytest.raises(KafkaError):
                await sender.send_and_wait(topic, b"bad")
            with pytest.raises(OutOfOrderSequenceNumber):
                await sender.send_and_wait(topic, values[10])
        async with producer(gate, enable_idempotence=True) as sender:
            await asyncio.gather(*(sender.send_and_wait(topic, value) for value in values[10:]))

    asyncio.run(story())
    assert gate.values(topic) == values


def producer(gate, **settings) -> AIOKafkaProducer:
    return AIOKafkaProducer(bootstrap_servers=gate.server.bootstrap, linger_ms=50, **settings)


def test_a_group_reads_and_commits(gate):
    topic, group = gate.topic("enforced"), f"aio-{uuid.uuid4()}"
    schema_id = gate.register(f"{topic}-value")
    values = [order(schema_id, number) for number in range(30)]
    gate.produce(topic, values, compression_type="zstd")

    async def read(count: int) -> list[bytes]:
        consumer = AIOKafkaConsumer(
            topic,
            bootstrap_servers=gate.server.bootstrap,
            group_id=group,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        async with consumer:
            found = [(await asyncio.wait_for(consumer.getone(), 30)).value for _ in range(count)]
            await consumer.commit()
            return found

    assert asyncio.run(read(18)) == values[:18]
    assert asyncio.run(read(12)) == values[18:]


def test_it_commits_and_aborts_transactions(gate):
    topic = gate.topic("enforced")
    schema_id = gate.register(f"{topic}-value")

    async def story():
        producer = AIOKafkaProducer(bootstrap_servers=gate.server.bootstrap, transactional_id=f"aio-{uuid.uuid4()}")
        async with producer:
            async with producer.transaction():
                await producer.send_and_wait(topic, order(schema_id, 1))
            await producer.begin_transaction()
            await producer.send_and_wait(topic, order(schema_id, 2))
            await producer.abort_transaction()

    asyncio.run(story())
    assert gate.values(topic, isolation="read_committed") == [order(schema_id, 1)]


def test_it_makes_and_lists_topics(gate):
    topic = f"off.aio-{uuid.uuid4().hex[:6]}"

    async def story() -> list[str]:
        admin = AIOKafkaAdminClient(bootstrap_servers=gate.server.bootstrap)
        await admin.start()
        try:
            await admin.create_topics([NewTopic(topic, 1, 1)])
            return await admin.list_topics()
        finally:
            await admin.close()

    assert topic in asyncio.run(story())
