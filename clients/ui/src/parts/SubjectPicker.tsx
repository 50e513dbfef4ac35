// How is one subject chosen of thousands? By a part of its name; the server says which have it.
import { useQuery } from "@tanstack/react-query";
import { useLayoutEffect, useState } from "react";
import * as Aria from "react-aria-components";
import { top } from "../api/search";
import { quoted } from "../model/search";
import { formatName } from "./Pill";
import { useSettled } from "./useSettled";

type Props = {
  label: string;
  hint: string;
  chosen: string | undefined;
  choose: (subject: string | undefined) => void;
};

const OFFERED = 30;

export function SubjectPicker({ label, hint, chosen, choose }: Props) {
  const [words, setWords] = useState(chosen ?? "");
  useLayoutEffect(() => setWords(chosen ?? ""), [chosen]);
  // What is chosen already is no search: any other is offered beside it.
  const settled = useSettled(words === chosen ? "" : words, 120);
  const found = useQuery(top({ q: quoted(settled) }, OFFERED));
  const offered = (found.data?.subjects ?? []).map((one) => ({ id: one.subject, hint: formatName(one.schemaType) }));
  // What is chosen has to be among them, or it would not be held for chosen.
  const items = chosen && !offered.some(({ id }) => id === chosen) ? [...offered, { id: chosen, hint: "" }] : offered;
  return (
    <Aria.ComboBox
      className="field picker"
      items={items}
      inputValue={words}
      onInputChange={setWords}
      value={chosen ?? null}
      onChange={(key) => {
        if (key === null && words !== "") return;
        setWords(key === null ? "" : String(key));
        choose(key === null ? undefined : String(key));
      }}
      menuTrigger="focus"
    >
      <Aria.Label>{label}</Aria.Label>
      <Aria.Input className="mono" placeholder={hint} />
      <Aria.Popover className="popover" offset={4}>
        <Aria.ListBox className="options">
          {(item: { id: string; hint: string }) => (
            <Aria.ListBoxItem id={item.id} textValue={item.id} className="option">
              <span className="mono grow">{item.id}</span>
              <small>{item.hint}</small>
            </Aria.ListBoxItem>
          )}
        </Aria.ListBox>
      </Aria.Popover>
    </Aria.ComboBox>
  );
}
