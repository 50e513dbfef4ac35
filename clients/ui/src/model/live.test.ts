// Does what is counted live add up, and is what nobody heard left open?
import { describe, expect, test } from "vitest";
import {
  byProducer,
  byRule,
  byTopic,
  heardFor,
  KEPT,
  quantile,
  type Second,
  samples,
  secondOf,
  series,
  sums,
  verdictsOf,
  withSecond,
} from "./live";

const at = 1_800_000_000_000;
const second = (offset: number, topic: string, records: number, refused: number): Second =>
  secondOf({
    at: new Date(at + offset).toISOString(),
    topics: [
      {
        cluster: "c",
        topic,
        records,
        refused,
        rules: refused ? [{ rule: "r", records: refused, acted: refused - 1 }] : [],
      },
    ],
    leftOut: 0,
    withheld: 0,
  });

describe("seconds", () => {
  const seconds = [second(0, "a", 10, 0), second(1_000, "b", 5, 2), second(2_000, "a", 20, 3)].reduce<Second[]>(
    withSecond,
    [],
  );

  test("are kept in order, and not for ever", () => {
    const late = withSecond(seconds, second(500, "c", 1, 0));
    expect(late.map((one) => one.at - at)).toEqual([0, 0, 1_000, 2_000]);
    expect(withSecond(seconds, second(KEPT + 5_000, "a", 1, 0))).toHaveLength(1);
  });

  test("make a line, with gaps where nobody listened", () => {
    const heard = [{ from: at, to: at + 3_000 }];
    const line = series(seconds, heard, at + 4_000, 5_000, 1_000);
    expect(line.at.map((one) => one - at)).toEqual([-1_000, 0, 1_000, 2_000, 3_000]);
    expect(line.records).toEqual([null, 10, 5, 20, null]);
    expect(line.bad).toEqual([null, 0, 2, 3, null]);
    expect(series(seconds, heard, at + 4_000, 4_000, 2_000, "a").records).toEqual([5, 10]);
    // Of a step that was half over when somebody began to listen, only half would be told.
    const late = [{ from: at + 1_000, to: at + 3_000 }];
    expect(series(seconds, late, at + 4_000, 4_000, 2_000).records).toEqual([null, 10]);
  });

  test("are told by the second only for as long as somebody listened", () => {
    const heard = [
      { from: at, to: at + 3_000 },
      { from: at + 8_000, to: at + 20_000 },
    ];
    expect(heardFor(heard, at, at + 10_000)).toBe(5);
    expect(heardFor(heard, at + 9_800, at + 10_000)).toBe(1);
    expect(heardFor([], at, at + 10_000)).toBe(1);
  });

  test("add up by time, topic and rule", () => {
    expect(sums(seconds, at, at + 2_000)).toEqual({ records: 15, bad: 2 });
    expect(sums(seconds, at, at + 9_000, "a")).toEqual({ records: 30, bad: 3 });
    expect(byTopic(seconds, at).map((one) => [one.name, one.records, one.bad])).toEqual([
      ["a", 30, 3],
      ["b", 5, 2],
    ]);
    expect(byRule(seconds, at)).toEqual([{ rule: "r", records: 5, acted: 3 }]);
    expect(byRule(seconds, at, "b")).toEqual([{ rule: "r", records: 2, acted: 1 }]);
  });
});

test("bad records are told by whom they are from, of the topic and the time that are looked at", () => {
  const one = (clientId: string, topic: string, records: number, when: number) => ({
    clientId,
    topic,
    records,
    acted: 1,
    at: when,
  });
  const broken = [
    one("a", "t", 2, at),
    one("b", "t", 4, at),
    one("a", "t", 3, at),
    one("a", "u", 9, at),
    one("c", "t", 1, at - 1),
  ];
  expect(byProducer(broken, at, "t")).toEqual([
    { producer: "a", records: 5, acted: 2 },
    { producer: "b", records: 4, acted: 1 },
  ]);
  expect(byProducer(broken, at)[0]).toEqual({ producer: "a", records: 14, acted: 3 });
});

describe("the server's counters", () => {
  const page = `# HELP x y
tidegate_proxy_records_total{topic="a\\"b",verdict="valid"} 7
tidegate_proxy_records_total{topic="a\\"b",verdict="invalid"} 2
tidegate_proxy_records_total_other{topic="a",verdict="valid"} 9
tidegate_proxy_records_total{topic="c",verdict="unchecked"} 90
tidegate_proxy_judge_seconds_bucket{le="0.001"} 50
tidegate_proxy_judge_seconds_bucket{le="0.01"} 98
tidegate_proxy_judge_seconds_bucket{le="+Inf"} 100
`;

  test("are read with their labels, and only those that were asked for", () => {
    expect(samples(page, ["tidegate_proxy_records_total"])).toHaveLength(3);
    expect(samples(page, ["tidegate_proxy_records_total"])[0]?.labels.topic).toBe('a"b');
  });

  test("tell how each topic was judged", () => {
    const [busiest, other] = verdictsOf(page);
    expect(busiest).toMatchObject({ topic: "c", all: 90 });
    expect(other?.verdicts).toMatchObject({ valid: 7, invalid: 2, refused: 0 });
  });

  test("tell how long judging took, up to the edge of the last bucket", () => {
    expect(quantile(page, 0.5)).toBe(0.001);
    expect(quantile(page, 0.9)).toBe(0.01);
    expect(quantile(page, 0.99)).toBe(0.01);
    expect(quantile("", 0.5)).toBeUndefined();
  });
});
