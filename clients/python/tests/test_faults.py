"""What does a caller see when the server is gone, slow, overloaded, or is something else altogether?"""

import socket
import time

import pytest

import tidegate
from schemas import ORDER
from scripted import Reply
from tidegate import Retry

FAST = Retry(attempts=4, first=0.01, longest=0.5)
ONCE = Retry(attempts=1)


def client(scripted, **settings) -> tidegate.Client:
    return tidegate.Client(scripted.url, **{"retry": FAST} | settings)


def test_nobody_is_there():
    with socket.socket() as nobody:  # Bound, and so nobody else's, but not listening.
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        with tidegate.Client(url, retry=FAST) as asked, pytest.raises(tidegate.ConnectionFailed) as failed:
            asked.delete_subject("orders-value")
    assert not failed.value.sent
    assert url in str(failed.value)


def test_the_server_ends_and_comes_back(binary, tmp_path, name):
    from lab.server import Server

    running = Server(binary, tmp_path / "server").start()
    with tidegate.Client(running.url, retry=FAST) as asked:
        asked.register(name, ORDER)
        running.stop()
        with pytest.raises(tidegate.ConnectionFailed):
            asked.list_versions(name)
        running.start()
        try:
            assert asked.list_versions(name) == [1]
        finally:
            running.stop()


def test_a_slow_server_is_not_waited_for(scripted):
    scripted.will(Reply(delay=1.5))
    begun = time.monotonic()
    with client(scripted, timeout=0.2, retry=ONCE) as asked, pytest.raises(tidegate.TimedOut) as failed:
        asked.list_subjects()
    assert failed.value.sent
    assert time.monotonic() - begun < 1.2


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_safe_call_is_tried_again_after_5xx(scripted, status):
    scripted.will(Reply(status, b"<html>"), Reply(status, b""), Reply(200, b'["a"]'))
    with client(scripted) as asked:
        assert asked.list_subjects() == ["a"]
    assert len(scripted.asked) == 3


def test_attempts_are_limited(scripted):
    scripted.will(Reply(503, b'{"error_code": 50001, "message": "the store is away"}'))
    with client(scripted) as asked, pytest.raises(tidegate.ServerError) as failed:
        asked.list_subjects()
    assert (failed.value.status, failed.value.code, failed.value.message) == (503, 50001, "the store is away")
    assert len(scripted.asked) == FAST.attempts


def test_what_deletes_is_not_sent_twice(scripted):
    scripted.will(Reply(503, b""))
    with client(scripted) as asked, pytest.raises(tidegate.ServerError):
        asked.delete_subject("orders-value")
    scripted.will(Reply(200, b"[1", cut=True))
    with client(scripted) as asked, pytest.raises(tidegate.ConnectionFailed):
        asked.delete_subject("orders-value")
    assert len(scripted.asked) == 2


def test_429_is_waited_out_by_any_call(scripted):
    scripted.will(Reply(429, b"", {"Retry-After": "0"}), Reply(200, b"[1]"))
    with client(scripted) as asked:
        assert asked.delete_subject("orders-value") == [1]
    assert len(scripted.asked) == 2


def test_nobody_waits_longer_than_was_allowed(scripted):
    scripted.will(Reply(429, b"", {"Retry-After": "3600"}))
    begun = time.monotonic()
    with client(scripted) as asked, pytest.raises(tidegate.TooManyRequests) as failed:
        asked.list_subjects()
    assert failed.value.retry_after == 3600
    assert len(scripted.asked) == 1
    assert time.monotonic() - begun < 5


def test_a_refusal_is_final(scripted):
    scripted.will(Reply(409, b'{"error_code": 40901, "message": "no"}'))
    with client(scripted) as asked, pytest.raises(tidegate.IncompatibleSchema):
        asked.register("orders-value", ORDER)
    assert len(scripted.asked) == 1


def test_an_answer_that_is_cut_short_is_asked_for_again(scripted):
    scripted.will(Reply(200, b'["a"', cut=True), Reply(200, b'["a"]'))
    with client(scripted) as asked:
        assert asked.list_subjects() == ["a"]


@pytest.mark.parametrize("body", [b"<html>hello</html>", b'{"a": 1}', b"[1]", b"\xff", b"[" * 100_000])
def test_something_else_answers(scripted, body):
    scripted.will(Reply(200, body))
    with client(scripted) as asked, pytest.raises(tidegate.UnexpectedAnswer):
        asked.list_subjects()
    assert len(scripted.asked) == 1


def test_a_member_is_missing(scripted):
    scripted.will(Reply(200, b'{"subject": "a", "version": 1, "schema": "{}"}'))
    with client(scripted) as asked, pytest.raises(tidegate.UnexpectedAnswer, match="id is not there"):
        asked.get_version("a")


def test_an_endless_answer_is_not_read(scripted, monkeypatch):
    scripted.will(Reply(200, b" " * 3_000_000))
    with client(scripted) as asked:
        object.__setattr__(asked._settings, "largest_answer", 1_000_000)
        with pytest.raises(tidegate.UnexpectedAnswer, match="more than 1000000 bytes"):
            asked.list_subjects()


def test_redirects_lead_nowhere(scripted):
    scripted.will(Reply(302, b"", {"Location": "http://127.0.0.1:1/"}))
    with client(scripted, auth=tidegate.Bearer("secret")) as asked, pytest.raises(tidegate.ApiError) as failed:
        asked.list_subjects()
    assert failed.value.status == 302
    assert len(scripted.asked) == 1


@pytest.mark.parametrize("link", ["/govern/v1/subjects?limit=500", "http://elsewhere.example/", ""])
def test_links_to_the_next_page_are_not_trusted(scripted, link):
    scripted.will(Reply(200, f'{{"subjects": [], "next": "{link}"}}'.encode()))
    with client(scripted) as asked, pytest.raises(tidegate.UnexpectedAnswer):
        list(asked.overview())
    assert len(scripted.asked) == 1


def test_a_link_elsewhere_is_asked_for_here(scripted):
    page = b'{"subjects": [], "next": "http://elsewhere.example/x?limit=500&after=z"}'
    scripted.will(Reply(200, page), Reply(200, b'{"subjects": []}'))
    with client(scripted) as asked:
        assert list(asked.overview()) == []
    assert scripted.asked[1][1] == "/govern/v1/subjects?limit=500&after=z"
