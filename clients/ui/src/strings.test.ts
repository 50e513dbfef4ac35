// Do sentences that are put together say what they were told?
import { expect, test } from "vitest";
import { sentence } from "./strings";
import { contracts } from "./strings-contracts";

test("records of a topic that were not tried lack the part that was asked for", () => {
  const { ofTopic } = contracts.rules;
  expect(ofTopic(1, "value", false)).toBe("1 record has no value and was not tried.");
  expect(ofTopic(2, "key", true)).toBe(
    "2 records have no key and were not tried. There was no time or room for more of them.",
  );
});

test("what others say gets one stop, and not two", () => {
  expect(["no field", "no field.", "did you mean 'id'? "].map(sentence)).toEqual([
    "no field.",
    "no field.",
    "did you mean 'id'?",
  ]);
});
