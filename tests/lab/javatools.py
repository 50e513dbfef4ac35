"""How are Apache Kafka's own command-line tools run? From the jars of tests/kafka, one process for each."""

import subprocess
from collections.abc import Sequence

from . import kafka

PRODUCER_PERFORMANCE = "org.apache.kafka.tools.ProducerPerformance"
VERIFIABLE_PRODUCER = "org.apache.kafka.tools.VerifiableProducer"
CONSOLE_CONSUMER = "org.apache.kafka.tools.consumer.ConsoleConsumer"
CONSOLE_SHARE_CONSUMER = "org.apache.kafka.tools.consumer.ConsoleShareConsumer"
CONFIGS = "kafka.admin.ConfigCommand"


def run(tool: str, arguments: Sequence, seconds: float = 120, **options) -> str:
    """What the tool prints; a failure tells what it complained about."""
    done = start(tool, arguments, **options)
    try:
        out, complaints = done.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        done.kill()
        out, complaints = done.communicate()
        raise AssertionError(f"{tool} did not end within {seconds} s:\n{out[-2000:]}\n{complaints[-4000:]}") from None
    assert done.returncode == 0, f"{tool} ended with {done.returncode}:\n{out[-2000:]}\n{complaints[-4000:]}"
    return out


def start(tool: str, arguments: Sequence, **options) -> subprocess.Popen:
    return subprocess.Popen(
        kafka.java(tool, *arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
