"""Does the client do with the real registry what Confluent's API promises?"""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

import tidegate
from schemas import ORDER, REFUND, WITH_NOTE, WITHOUT_DEFAULT, text
from tidegate import Metadata, Reference, Rule, RuleSet, Schema


class Counting(httpx.HTTPTransport):
    """How often was the server really asked?"""

    def __init__(self):
        super().__init__()
        self.paths = []

    def handle_request(self, request):
        self.paths.append(request.url.raw_path.decode())
        return super().handle_request(request)


def test_the_life_of_a_subject(client, name):
    subject = f"{name}-value"
    first = client.register(subject, ORDER)
    assert (first.version, first.schema_type) == (1, "AVRO")
    assert client.register(subject, ORDER).id == first.id, "the same schema is found"
    second = client.register(subject, WITH_NOTE)
    assert client.list_versions(subject) == [1, 2]
    assert subject in client.list_subjects(name)
    latest = client.get_version(subject)
    assert (latest.subject, latest.version, latest.id) == (subject, 2, second.id)
    assert client.get_version(subject, 1).schema == text(ORDER)
    assert client.lookup(subject, ORDER).version == 1
    assert (subject, 2) in [(at.subject, at.version) for at in client.versions_of(second.id)]
    assert client.delete_version(subject, 1) == 1
    assert client.delete_subject(subject) == [2]
    assert client.delete_subject(subject, permanent=True) == [1, 2]
    with pytest.raises(tidegate.SubjectNotFound) as gone:
        client.get_version(subject)
    assert (gone.value.status, gone.value.code) == (404, 40401)
    assert gone.value.request_id, "the exchange can be found in the server's log"


def test_what_is_incompatible_is_told_so(client, name):
    client.register(name, ORDER)
    with pytest.raises(tidegate.IncompatibleSchema) as refused:
        client.register(name, WITHOUT_DEFAULT)
    assert (refused.value.status, refused.value.code) == (409, 40901)
    verdict = client.is_compatible(name, WITHOUT_DEFAULT)
    assert not verdict
    assert "READER_FIELD_MISSING_DEFAULT_VALUE" in "".join(verdict.messages)
    assert client.is_compatible(name, WITH_NOTE, "latest")


def test_refusals_have_their_own_classes(client, name):
    client.register(name, ORDER)
    with pytest.raises(tidegate.VersionNotFound):
        client.get_version(name, 7)
    with pytest.raises(tidegate.SchemaNotFound):
        client.get_schema(999_999)
    with pytest.raises(tidegate.SchemaNotFound):
        client.lookup(name, WITH_NOTE)
    with pytest.raises(tidegate.InvalidSchema):
        client.register(name, '{"type": "strin"}')


@pytest.mark.parametrize("odd", ["a/b", "..", ".", "100%41", "Größe", "a b?c#d", "+", "a//b", "e\\f"])
def test_names_of_any_kind_arrive_as_they_are(client, name, odd):
    for subject in {odd, f"{name}{odd}"}:
        client.register(subject, ORDER)
        assert client.get_version(subject).subject == subject
        client.delete_subject(subject)


def test_an_id_is_asked_for_once(server, client, name):
    known = client.register(name, REFUND)
    counting = Counting()
    with tidegate.Client(server.url, transport=counting) as other:
        assert other.get_schema(known.id) is other.get_schema(known.id)
        assert other.get_schema(known.id).schema_type == "JSON"
        assert other.get_schema_by_guid(known.guid) is other.get_schema_by_guid(known.guid)
    assert counting.paths == [f"/schemas/ids/{known.id}", f"/schemas/guids/{known.guid}"]
    forgetful = Counting()
    with tidegate.Client(server.url, transport=forgetful, cache_size=0) as other:
        assert other.get_schema(known.id) == other.get_schema(known.id)
    assert len(forgetful.paths) == 2


def test_references_metadata_and_rules_go_both_ways(client, name):
    client.register(f"{name}.Money", {"type": "record", "name": "Money", "fields": [{"name": "cents", "type": "long"}]})
    price = {"type": "record", "name": "Price", "fields": [{"name": "net", "type": "Money"}]}
    rules = RuleSet(
        domain_rules=(Rule("positive", "CEL", kind="CONDITION", mode="WRITE", expr="message.net.cents > 0"),)
    )
    candidate = Schema(
        text(price),
        references=(Reference("Money", f"{name}.Money", 1),),
        metadata=Metadata(tags={"Price.net": ("MONEY",)}, properties={"owner": "shop"}),
        rule_set=rules,
    )
    registered = client.register(name, candidate)
    found = client.get_version(name)
    assert found.references == candidate.references
    assert found.metadata.properties["owner"] == "shop"
    assert found.metadata.tags == {"Price.net": ("MONEY",)}
    assert found.rule_set.domain_rules[0].expr == "message.net.cents > 0"
    assert client.referenced_by(f"{name}.Money") == [registered.id]
    assert client.get_schema(registered.id).references == candidate.references


def test_settings(client, name):
    client.register(name, ORDER)
    with pytest.raises(tidegate.NotFound):
        client.get_config(name)
    client.put_config(name, compatibility="FULL", normalize=True)
    config = client.get_config(name)
    assert (config.compatibility_level, config.normalize) == ("FULL", True)
    client.put_config(name, normalize=None)
    assert client.get_config(name).normalize is None
    client.delete_config(name)
    assert client.get_config(name, effective=True).compatibility_level == "BACKWARD"
    client.put_mode("READONLY", name)
    assert client.get_mode(name) == "READONLY"
    with pytest.raises(tidegate.NotPermitted):
        client.register(name, WITH_NOTE)


def test_contexts(client, name):
    subject = f":.{name}:orders-value"
    known = client.register(subject, ORDER)
    assert client.get_schema(known.id, f":.{name}:").schema == text(ORDER)
    assert client.list_subjects(f":.{name}:") == [subject]


def test_threads_share_a_client(client, name):
    known = client.register(name, ORDER)

    def ask(number: int) -> list[int]:
        assert client.get_schema(known.id).schema == text(ORDER)
        return client.list_versions(name)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(100))) == [[1]] * 100


def test_types(client):
    assert sorted(client.list_types()) == ["AVRO", "JSON", "PROTOBUF"]
