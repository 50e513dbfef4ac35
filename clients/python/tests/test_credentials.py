"""Who asks? Tokens, passwords, certificates, and what the environment names."""

import httpx
import pytest
from lab.certificates import Authority
from lab.server import Server

import tidegate
from schemas import ORDER
from scripted import Reply
from tidegate import Basic, Bearer, Retry, Tls

ONCE = Retry(attempts=1)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def guarded(binary, tmp_path_factory, authority):
    """A server over TLS that lets nobody in without a token, and the tokens of an admin and of a reader."""
    certificate, key = authority.signed("registry", ["127.0.0.1"])
    http = {"tls_certificate": str(certificate), "tls_key": str(key)}
    folder = tmp_path_factory.mktemp("guarded")
    server = Server(binary, folder / "server", {"http": http})
    server.url = server.url.replace("http:", "https:")
    context = Tls(ca=authority.certificate).context()
    server.is_ready = lambda: is_up(server.url, context)
    server.start()
    try:
        admin = token(server.url, context, "admin", ["admin"])
        reader = token(server.url, context, "reader", ["read shop-"], admin)
        yield server.url, admin, reader
    finally:
        server.stop()


def is_up(url: str, context) -> bool:
    try:
        return httpx.get(f"{url}/health/ready", verify=context).status_code == 200
    except httpx.HTTPError:
        return False


def token(url: str, context, name: str, grants: list[str], by: str | None = None) -> str:
    headers = {"Authorization": f"Bearer {by}"} if by else {}
    answer = httpx.post(
        f"{url}/govern/v1/tokens", json={"name": name, "grants": grants}, verify=context, headers=headers
    )
    answer.raise_for_status()
    return answer.json()["token"]


def test_a_token_opens_what_it_may(guarded, authority, name):
    url, admin, reader = guarded
    tls = Tls(ca=authority.certificate)
    with tidegate.Client(url, auth=Bearer(admin), tls=tls) as asked:
        asked.register(name, ORDER)
        asked.register("private", ORDER)
    with tidegate.Client(url, auth=Basic("anybody", reader), tls=tls) as asked:
        assert asked.get_version(name).version == 1
        with pytest.raises(tidegate.Forbidden) as refused:
            asked.register(name, ORDER)
        assert refused.value.code == 40301
        with pytest.raises(tidegate.Forbidden):
            asked.get_version("private")


@pytest.mark.parametrize("auth", [None, Bearer("tdg_wrong"), Basic("ann", "wrong")])
def test_strangers_are_told_401(guarded, authority, auth):
    with (
        tidegate.Client(guarded[0], auth=auth, tls=Tls(ca=authority.certificate)) as asked,
        pytest.raises(tidegate.Unauthorized) as refused,
    ):
        asked.list_subjects()
    assert refused.value.code == 401


def test_a_stranger_to_us_is_not_spoken_to(guarded):
    with (
        tidegate.Client(guarded[0], auth=Bearer(guarded[1]), retry=ONCE) as asked,
        pytest.raises(tidegate.ConnectionFailed, match="certificate") as failed,
    ):
        asked.list_subjects()
    assert not failed.value.sent


def test_the_environment_names_the_registry(guarded, authority, monkeypatch):
    url, admin, _ = guarded
    monkeypatch.setenv("TIDEGATE_URL", url)
    monkeypatch.setenv("TIDEGATE_TOKEN", admin)
    monkeypatch.setenv("TIDEGATE_CA", str(authority.certificate))
    assert tidegate.check(ORDER, "a-new-subject")


def test_no_registry_is_named():
    with pytest.raises(ValueError, match="TIDEGATE_URL"):
        tidegate.check(ORDER, "orders-value")


def test_a_token_is_asked_for_each_time(scripted):
    scripted.will(Reply())
    tokens = iter(["one", "two\n"])
    with tidegate.Client(scripted.url, auth=Bearer(lambda: next(tokens))) as asked:
        asked.list_subjects()
        asked.list_subjects()
    assert [headers["Authorization"] for _, _, headers in scripted.asked] == ["Bearer one", "Bearer two"]


def test_secrets_are_not_shown():
    assert "hunter2" not in repr([Bearer("hunter2"), Basic("ann", "hunter2"), Tls(key_password="hunter2")])


@pytest.mark.parametrize("url", ["http://ann:hunter2@host", "ftp://host", "host:8081", "http://", "http://h/?a=b"])
def test_addresses_that_are_none(url):
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - each is refused in its own words
        tidegate.Client(url)
    assert "hunter2" not in str(refused.value)
