// Of which sorts are the subjects that were found, and how many of each? A press narrows the search, another widens it again.
import { useQueries } from "@tanstack/react-query";
import { SlidersHorizontal } from "lucide-react";
import { useState } from "react";
import { type Asked, type Found, top } from "../../api/search";
import { number } from "../../model/format";
import {
  chosenFacets,
  FACET_NAMES,
  FACETS,
  type FacetName,
  has,
  toggled,
  valuesIn,
  withoutKey,
} from "../../model/search";
import { Button } from "../../parts/Controls";
import { formatName } from "../../parts/Pill";
import { t } from "../../strings";

type Values = { value: string; count: number }[];
type Props = {
  asked: Asked;
  found: Found | undefined;
  change: (q: string) => void;
};

/** So many values of a facet are listed before somebody asks for more. */
const SHOWN = 6;

export function Facets({ asked, found, change }: Props) {
  const [isOpen, setOpen] = useState(false);
  const chosen = chosenFacets(asked.q);
  // Values of one facet are alternatives: what else could be chosen is told by a search without them.
  const others = useQueries({
    queries: chosen.map((name) => top({ ...asked, sort: undefined, q: withoutKey(asked.q, FACETS[name]) }, 1)),
  });
  const valuesOf = (name: FacetName): Values => {
    const place = chosen.indexOf(name);
    const values = (place < 0 ? found : others[place]?.data)?.facets?.[name] ?? [];
    // What is asked for and nobody has is there still, to be let go.
    const lost = valuesIn(asked.q, FACETS[name]).filter(
      (value) => !values.some((one) => one.value.toLowerCase() === value.toLowerCase()),
    );
    return [...values, ...lost.map((value) => ({ value, count: 0 }))];
  };
  return (
    <aside className="facets" aria-label={t.subjects.narrow} data-open={isOpen}>
      <div className="facets-open">
        <Button onPress={() => setOpen(!isOpen)} aria-expanded={isOpen}>
          <SlidersHorizontal size={15} aria-hidden />
          {chosen.length ? t.subjects.narrowedBy(chosen.length) : t.subjects.narrow}
        </Button>
      </div>
      <div className="facets-list">
        {FACET_NAMES.map((name) => (
          <Facet
            key={name}
            name={name}
            values={valuesOf(name)}
            total={found?.total ?? 0}
            isOn={(value) => has(asked.q, FACETS[name], value)}
            toggle={(value) => change(toggled(asked.q, FACETS[name], value))}
          />
        ))}
      </div>
    </aside>
  );
}

type FacetProps = {
  name: FacetName;
  values: Values;
  total: number;
  isOn: (value: string) => boolean;
  toggle: (value: string) => void;
};

function Facet({ name, values, total, isOn, toggle }: FacetProps) {
  const [isWhole, setWhole] = useState(false);
  const isChosen = values.some(({ value }) => isOn(value));
  // What all have alike narrows nothing.
  if (!values.length || (values.length === 1 && values[0]?.count === total && !isChosen)) return null;
  const shown = isWhole ? values : values.filter(({ value }, index) => index < SHOWN || isOn(value));
  return (
    <fieldset className="facet-set">
      <legend>{t.subjects.facets[name]}</legend>
      {shown.map(({ value, count }) => (
        <label key={value} data-none={(name === "owner" && !value) || undefined}>
          <input type="checkbox" checked={isOn(value)} onChange={() => toggle(value)} />
          <span className="clip" title={say(name, value)}>
            {say(name, value)}
          </span>
          <span className="facet-count">{number(count)}</span>
        </label>
      ))}
      {values.length > shown.length && (
        <button type="button" className="as-link" onClick={() => setWhole(true)}>
          {t.subjects.moreValues(values.length - shown.length)}
        </button>
      )}
    </fieldset>
  );
}

function say(name: FacetName, value: string): string {
  switch (name) {
    case "type":
      return formatName(value);
    case "owner":
      return value || t.none.owner;
    case "context":
      return value === "." ? t.subjects.defaultContext : value.slice(1);
    default:
      return value;
  }
}
