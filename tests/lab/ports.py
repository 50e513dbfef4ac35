"""Which ports are free? Below the range from which the system takes ports for outgoing connections."""

import random
import socket

LOWEST, HIGHEST = 20_000, 32_000


def free_block(count: int) -> int:
    """The first of `count` neighbouring ports that nobody listens on."""
    for _ in range(200):
        first = random.randrange(LOWEST, HIGHEST - count)
        if all(is_free(port) for port in range(first, first + count)):
            return first
    raise RuntimeError(f"no {count} neighbouring free ports between {LOWEST} and {HIGHEST}")


def free_port() -> int:
    return free_block(1)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
