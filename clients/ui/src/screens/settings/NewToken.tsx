// For whom is a new token, what may it do, and until when? Then it is shown, once.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Check, Copy, Plus, TriangleAlert, X } from "lucide-react";
import { useState } from "react";
import { ApiError, api, body } from "../../api/client";
import { contexts, tokens as tokensQuery } from "../../api/queries";
import { plainGrant, type Right } from "../../model/rights";
import {
  type Ends,
  FRESH_GRANT,
  FRESH_TOKEN,
  type GrantRow,
  grantText,
  isName,
  mayAdminister,
  PLACES,
  type Place,
  RIGHTS,
  secondsOf,
  type TokenDraft,
  type NewToken as Wish,
  wishOf,
  withRight,
} from "../../model/tokens";
import { Button, IconButton, Select } from "../../parts/Controls";
import { Dialog } from "../../parts/Dialog";
import { TextField } from "../../parts/Fields";
import { Failed } from "../../parts/States";
import { t } from "../../strings";
import { tokens as tt } from "../../strings-settings";

const ENDS: Ends[] = ["7", "30", "90", "365", "other", "never"];

type Props = {
  /** Whether it ends that anybody may come in, as whoever makes it did. */
  isFirst: boolean;
  close: () => void;
};

export default function NewToken({ isFirst, close }: Props) {
  const queries = useQueryClient();
  const making = useMutation({
    mutationFn: (wish: Wish) => body(api.POST("/govern/v1/tokens", { body: wish })),
    // Nothing that holds the secret stays behind.
    gcTime: 0,
  });
  const made = making.data;
  if (made)
    return (
      <Dialog title={tt.secretTitle(made.name)} isOpen isHeld onClose={close}>
        <Secret
          text={made.token}
          done={() => {
            // Not before: with the first one, whoever asks again may be asked for it.
            void queries.invalidateQueries({ queryKey: tokensQuery.queryKey });
            making.reset();
            close();
          }}
        />
      </Dialog>
    );
  return (
    <Dialog title={tt.make} isOpen onClose={close}>
      <Form isFirst={isFirst} isMaking={making.isPending} error={making.error} make={making.mutate} close={close} />
    </Dialog>
  );
}

function Form({
  isFirst,
  isMaking,
  error,
  make,
  close,
}: Props & { isMaking: boolean; error: unknown; make: (wish: Wish) => void }) {
  const [draft, setDraft] = useState<TokenDraft>(() =>
    isFirst ? { ...FRESH_TOKEN, grants: [{ ...FRESH_GRANT, right: "admin" }] } : FRESH_TOKEN,
  );
  const [taken, setTaken] = useState("");
  const set = (change: Partial<TokenDraft>) => setDraft((old) => ({ ...old, ...change }));
  const wish = wishOf(draft);
  const name = draft.name.trim();
  const isTaken = error instanceof ApiError && error.status === 409;
  const wrong = isTaken && name === taken ? tt.nameTaken : name && !isName(name) ? tt.nameWrong : undefined;
  const change = (index: number, row: GrantRow) =>
    set({ grants: draft.grants.map((old, place) => (place === index ? row : old)) });
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!wish || isMaking) return;
        setTaken(wish.name);
        make(wish);
      }}
    >
      <TextField
        label={tt.name}
        hint={tt.nameHint}
        value={draft.name}
        onChange={(name) => set({ name })}
        error={wrong}
        isMono
      />
      <div className="grant-rows">
        <div className="section-head">
          <h3>{tt.rights}</h3>
          <Button kind="quiet" onPress={() => set({ grants: [...draft.grants, FRESH_GRANT] })}>
            <Plus size={15} aria-hidden />
            {tt.addRight}
          </Button>
        </div>
        {draft.grants.map((row, index) => (
          <Row
            key={`${index} of ${draft.grants.length}`}
            row={row}
            place={index}
            change={(next) => change(index, next)}
            remove={
              draft.grants.length > 1
                ? () => set({ grants: draft.grants.filter((_, place) => place !== index) })
                : undefined
            }
          />
        ))}
      </div>
      <div className="two">
        <Select
          label={tt.ends}
          value={draft.ends}
          onChange={(ends) => set({ ends: ends as Ends })}
          options={ENDS.map((id) => ({ id, label: tt.endsIn[id] }))}
        />
        {draft.ends === "other" && (
          <TextField
            label={tt.days}
            value={draft.days}
            onChange={(days) => set({ days })}
            error={draft.days && secondsOf(draft) === undefined ? tt.daysWrong : undefined}
            isMono
          />
        )}
      </div>
      {draft.ends === "never" && <p className="fine">{tt.lasting}</p>}
      {isFirst && (
        <p className="stale first-token">
          <TriangleAlert size={16} aria-hidden />
          <span>
            {tt.first} {!mayAdminister(draft) && tt.firstNoAdmin}
          </span>
        </p>
      )}
      {error !== null && !isTaken && <Failed what={tt.making} error={error} />}
      <div className="row-actions end">
        <Button onPress={close}>{t.action.cancel}</Button>
        <Button kind="primary" type="submit" isDisabled={!wish || isMaking}>
          {tt.makeIt}
        </Button>
      </div>
    </form>
  );
}

function Row({
  row,
  place,
  change,
  remove,
}: {
  row: GrantRow;
  place: number;
  change: (row: GrantRow) => void;
  remove: (() => void) | undefined;
}) {
  const known = useQuery(contexts);
  const others = (known.data ?? []).filter((one) => one !== ".");
  const text = grantText(row);
  return (
    <fieldset className="grant-row">
      <legend className="skip-text">{tt.right(place + 1)}</legend>
      <Select
        label={tt.rightLabel}
        value={row.right}
        onChange={(right) => change(withRight(row, right as Right))}
        options={RIGHTS.map((id) => ({ id, label: tt.rightNames[id], hint: tt.rightMeans[id] }))}
      />
      <Select
        label={tt.where}
        value={row.place}
        isDisabled={PLACES[row.right].length === 1}
        onChange={(next) => change({ ...row, place: next as Place })}
        options={PLACES[row.right].map((id) => ({ id, label: tt.places[id] }))}
      />
      {remove && (
        <IconButton label={tt.removeRight(text ? plainGrant(text) : tt.right(place + 1))} onPress={remove}>
          <X size={16} aria-hidden />
        </IconButton>
      )}
      {(row.place === "subjects" || row.place === "anywhere") && (
        <TextField
          label={tt.prefix}
          hint={tt.prefixHint}
          value={row.prefix}
          onChange={(prefix) => change({ ...row, prefix })}
          isMono
        />
      )}
      {(row.place === "subjects" || row.place === "context") && (
        <TextField
          label={tt.context}
          hint={tt.contextHint(others)}
          value={row.context}
          onChange={(context) => change({ ...row, context })}
          isMono
        />
      )}
      <p className="fine grant-says">{text ? plainGrant(text) : " "}</p>
    </fieldset>
  );
}

function Secret({ text, done }: { text: string; done: () => void }) {
  const [copied, setCopied] = useState<boolean>();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      setCopied(false);
    }
  };
  return (
    <>
      <p className="stale first-token">
        <TriangleAlert size={16} aria-hidden />
        <span>{tt.secretOnce}</span>
      </p>
      <p className="secret mono" aria-label={tt.secret} role="group">
        {text}
      </p>
      <p className="fine">{tt.use}</p>
      <p className="fine" role="status">
        {copied === false && tt.notCopied}
      </p>
      <div className="row-actions end">
        <Button onPress={done}>{tt.kept}</Button>
        <Button kind="primary" onPress={() => void copy()}>
          {copied ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />}
          {copied ? tt.copied : tt.copy}
        </Button>
      </div>
    </>
  );
}
