"""Is the graph right? A load with a known truth runs through the proxy, and each edge that is drawn is held against it."""

import json
import time
import urllib.error
import urllib.parse
from dataclasses import dataclass

from estate import APPLICATIONS, TOPICS, Estate
from gate import order

SEED = 20260228
VISIBLE_WITHIN = 15
AT_MOST = 30

Edge = tuple[str, str, str]


@dataclass
class Score:
    drawn: set
    true: set

    @property
    def precision(self) -> float:
        return len(self.drawn & self.true) / len(self.drawn) if self.drawn else 1.0

    @property
    def recall(self) -> float:
        return len(self.drawn & self.true) / len(self.true) if self.true else 1.0

    def __str__(self) -> str:
        return f"precision {self.precision:.3f}, recall {self.recall:.3f} ({len(self.drawn)} drawn, {len(self.true)} true)"


def test_what_is_observed_is_what_was_done(gate, tmp_path):
    began = time.monotonic()
    estate = Estate(gate.server.bootstrap, gate.direct, SEED, good=b"")
    schema_id = gate.register(f"{estate.checked}-value")
    estate.good = order(schema_id)
    estate.make_topics()
    estate.live()
    file = tmp_path / "truth.json"
    estate.truth.write(file, [estate.shared])
    lived = time.monotonic()

    truth = json.loads(file.read_text())
    true = {(line["identity"], line["target"], line["did"]) for line in truth["lines"]}
    tied = {(line["identity"], line["target"], line["did"]) for line in truth["lines"] if line["tied"]}
    # Two applications behind one client id can't be told apart at the wire. They are scored by themselves, below.
    behind = {f"{name}-{estate.run}" for name in ["etl-1", "etl-2"]}
    apart = {edge for edge in true if edge[0] in behind}
    true -= apart

    def look() -> tuple[set[Edge], set[Edge], set[Edge]]:
        drawn, drawn_tied = edges(gate, estate.topics)
        of_shared = {edge for edge in drawn if edge[0] in truth["shared"]}
        return drawn - of_shared, drawn_tied, of_shared

    drawn, drawn_tied, of_shared = look()
    while (drawn, drawn_tied) != (true, tied) and time.monotonic() < lived + AT_MOST:
        time.sleep(0.5)
        drawn, drawn_tied, of_shared = look()
    seen = time.monotonic()

    observed, in_transactions = Score(drawn, true), Score(drawn_tied, tied)
    print(f"\n{APPLICATIONS} applications, {TOPICS} topics: lived {lived - began:.1f} s, complete after {seen - lived:.1f} s")
    print(f"observed edges: {observed}\nedges within transactions: {in_transactions}")
    names = {identity: {(identity, *edge[1:]) for edge in of_shared} for identity in behind}
    for identity, claimed in sorted(names.items()):
        print(f"{identity}, behind a shared client id: {Score(claimed, {edge for edge in apart if edge[0] == identity})}")
    assert (observed.precision, observed.recall) == (1.0, 1.0), differences(drawn, true)
    assert (in_transactions.precision, in_transactions.recall) == (1.0, 1.0), differences(drawn_tied, tied)
    # Of those who share a name, all that they did together is known, and nothing else.
    assert {edge[1:] for edge in of_shared} == {edge[1:] for edge in apart}
    assert seen - lived < VISIBLE_WITHIN


def edges(gate, topics: list[str]) -> tuple[set[Edge], set[Edge]]:
    """All that the graph draws around topics, in the words of the truth; and what of it was in transactions."""
    drawn, tied = set(), set()
    namespace = f"kafka://{gate.kafka.bootstrap}"
    for topic in topics:
        node = urllib.parse.urlencode({"node": f"topic:{namespace}:{topic}", "depth": 2, "evidence": "observed"})
        try:
            graph = gate.ask("GET", f"/govern/v1/lineage/graph?{node}")
        except urllib.error.HTTPError as error:
            assert error.code == 404, error
            continue
        assert not graph["truncated"]
        for edge in graph["edges"]:
            told = in_words(edge, namespace)
            drawn.add(told)
            if "transactional" in edge["grades"]:
                tied.add(told)
    return drawn, tied


def in_words(edge: dict, namespace: str) -> Edge:
    ends = [edge[end].split(f":{namespace}:") for end in ("from", "to")]
    (from_kind, from_name), (to_kind, to_name) = ends
    if to_kind == "topic":
        return from_name, to_name, "writes" if edge["records"] else "tries"
    if from_kind == "topic":
        return to_name, from_name, "reads" if edge["confidence"] == 1 else "subscribes"
    assert (from_kind, to_kind) == ("group", "application"), edge
    return to_name, from_name, "member"


def differences(drawn: set, true: set) -> str:
    return f"drawn, but not true: {sorted(drawn - true)}\ntrue, but not drawn: {sorted(true - drawn)}"
