// Which topic? Any can be typed; those that subjects are named after are offered.
import { useQuery } from "@tanstack/react-query";
import { useLayoutEffect, useMemo, useState } from "react";
import * as Aria from "react-aria-components";
import { split } from "../../api/queries";
import { top } from "../../api/search";
import { quoted } from "../../model/search";
import { topicOf } from "../../model/topics";
import { Button } from "../../parts/Controls";
import { useSettled } from "../../parts/useSettled";
import { lineage as tl } from "../../strings-lineage";

const OFFERED = 50;

export function TopicPicker({ chosen, choose }: { chosen: string; choose: (topic: string) => void }) {
  const [words, setWords] = useState(chosen);
  const settled = useSettled(words === chosen ? "" : words, 120);
  const found = useQuery(top({ q: `context:. ${quoted(settled)}` }, OFFERED));
  const items = useMemo(() => {
    const names = (found.data?.subjects ?? [])
      .map((one) => topicOf(split(one.subject).name))
      .filter((name) => name !== undefined);
    return [...new Set(names)].map((id) => ({ id }));
  }, [found.data]);
  useLayoutEffect(() => setWords(chosen), [chosen]);
  return (
    <form
      className="topic-picker"
      onSubmit={(event) => {
        event.preventDefault();
        choose(words.trim());
      }}
    >
      <Aria.ComboBox
        className="field picker"
        aria-label={tl.topic}
        items={items.filter((one) => one.id.includes(words) || words === chosen)}
        inputValue={words}
        onInputChange={setWords}
        onChange={(key) => key !== null && choose(String(key))}
        allowsCustomValue
        menuTrigger="focus"
      >
        <Aria.Input className="mono" placeholder={tl.topicHint} />
        <Aria.Popover className="popover" offset={4}>
          <Aria.ListBox className="options">
            {(item: { id: string }) => (
              <Aria.ListBoxItem id={item.id} textValue={item.id} className="option mono">
                {item.id}
              </Aria.ListBoxItem>
            )}
          </Aria.ListBox>
        </Aria.Popover>
      </Aria.ComboBox>
      <Button type="submit">{tl.show}</Button>
    </form>
  );
}
