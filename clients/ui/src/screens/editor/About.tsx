// Who is responsible for a version, what else is said of it, and which of its parts are marked?
import { Plus, X } from "lucide-react";
import type { ContractDraft, Fault, PropertyRow, TagRow } from "../../model/contract";
import type { SchemaType } from "../../model/editor";
import { Button, IconButton } from "../../parts/Controls";
import { Switch, TextField } from "../../parts/Fields";
import { t } from "../../strings";
import { contract as tc, editor as te } from "../../strings-editor";

type Props = {
  type: SchemaType;
  contract: ContractDraft;
  faults: Fault[];
  set: (change: Partial<ContractDraft>) => void;
};

export function About({ type, contract, faults, set }: Props) {
  const { properties, tags } = contract;
  const property = (index: number, change: Partial<PropertyRow>) =>
    set({ properties: properties.map((old, place) => (place === index ? { ...old, ...change } : old)) });
  const tag = (index: number, change: Partial<TagRow>) =>
    set({ tags: tags.map((old, place) => (place === index ? { ...old, ...change } : old)) });
  const wrong = (of: Fault["of"], index: number) => faults.find((one) => one.of === of && one.index === index)?.message;
  return (
    <section className="card form" aria-label={te.about}>
      <h2>{te.about}</h2>
      <p className="muted">{tc.aboutHow}</p>
      <div className="two">
        <TextField label={t.subjects.columns.owner} value={contract.owner} onChange={(owner) => set({ owner })} />
        <TextField
          label={te.description}
          value={contract.description}
          onChange={(description) => set({ description })}
        />
      </div>
      <div className="section-head sub-head">
        <h3>{tc.properties}</h3>
        <Button
          kind="quiet"
          onPress={() => set({ properties: [...properties, { name: "", value: "", isSensitive: false }] })}
        >
          <Plus size={15} aria-hidden />
          {tc.addProperty}
        </Button>
      </div>
      {properties.map((one, index) => (
        <fieldset key={`${index} of ${properties.length}`} className="pair-row">
          <legend className="skip-text">{tc.propertyAt(index + 1)}</legend>
          <TextField
            label={tc.name}
            value={one.name}
            onChange={(name) => property(index, { name })}
            error={wrong("property", index)}
            isMono
          />
          <TextField
            label={tc.value}
            value={one.value}
            onChange={(value) => property(index, { value })}
            isSecret={one.isSensitive}
            isMono
          />
          <Switch
            label={tc.sensitive}
            isOn={one.isSensitive}
            onChange={(isSensitive) => property(index, { isSensitive })}
          />
          <IconButton
            label={tc.remove(one.name || tc.propertyAt(index + 1))}
            onPress={() => set({ properties: properties.filter((_, place) => place !== index) })}
          >
            <X size={16} aria-hidden />
          </IconButton>
        </fieldset>
      ))}
      {properties.some((one) => one.isSensitive) && <p className="fine">{tc.sensitiveHow}</p>}
      <div className="section-head sub-head">
        <h3>{tc.tags}</h3>
        <Button kind="quiet" onPress={() => set({ tags: [...tags, { pattern: "", tags: "" }] })}>
          <Plus size={15} aria-hidden />
          {tc.addTags}
        </Button>
      </div>
      {tags.length > 0 && <p className="fine">{`${tc.tagsHow} ${tc.patternHint[type]}`}</p>}
      {tags.map((one, index) => (
        <fieldset key={`${index} of ${tags.length}`} className="pair-row" data-of="tags">
          <legend className="skip-text">{tc.tagAt(index + 1)}</legend>
          <TextField
            label={tc.pattern}
            value={one.pattern}
            onChange={(pattern) => tag(index, { pattern })}
            error={wrong("tag", index)}
            isMono
          />
          <TextField label={tc.tagNames} value={one.tags} onChange={(names) => tag(index, { tags: names })} isMono />
          <IconButton
            label={tc.remove(one.pattern || tc.tagAt(index + 1))}
            onPress={() => set({ tags: tags.filter((_, place) => place !== index) })}
          >
            <X size={16} aria-hidden />
          </IconButton>
        </fieldset>
      ))}
    </section>
  );
}
