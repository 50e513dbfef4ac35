// What is an application called, who owns it, and by which names do its connections go?
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, body } from "../../api/client";
import {
  type Application,
  type ApplicationDraft,
  draftOf,
  FRESH,
  KINDS,
  type Lack,
  lacks,
  wishOf,
} from "../../model/applications";
import { Button } from "../../parts/Controls";
import { Dialog } from "../../parts/Dialog";
import { TextField } from "../../parts/Fields";
import { Failed } from "../../parts/States";
import { t } from "../../strings";
import { applications as ta } from "../../strings-settings";

type Props = {
  /** What is declared so far, if it is to be changed. */
  known: Application | undefined;
  taken: string[];
  close: () => void;
  done: (name: string) => void;
};

export default function ApplicationForm({ known, taken, close, done }: Props) {
  const queries = useQueryClient();
  const [draft, setDraft] = useState<ApplicationDraft>(() => (known ? draftOf(known) : FRESH));
  const name = draft.name.trim();
  const saving = useMutation({
    mutationFn: () =>
      body(
        api.PUT("/govern/v1/applications/{application}", {
          params: { path: { application: name } },
          body: wishOf(draft),
        }),
      ),
    onSuccess: async () => {
      done(name);
      // Every graph tells of applications.
      await queries.invalidateQueries();
    },
  });
  const set = (change: Partial<ApplicationDraft>) => setDraft((old) => ({ ...old, ...change }));
  const missing = lacks(draft);
  const say = (...of: Lack[]) => {
    const first = missing.find((lack) => of.includes(lack));
    return first && ta.lacks[first];
  };
  const isTaken = !known && taken.includes(name);
  return (
    <Dialog title={known ? ta.changeOf(known.name) : ta.declare} isOpen onClose={close}>
      <form
        className="form application-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (!missing.length && !isTaken && !saving.isPending) saving.mutate();
        }}
      >
        <div className="two">
          <TextField
            label={ta.name}
            hint={ta.nameHint}
            value={draft.name}
            onChange={(next) => set({ name: next })}
            error={isTaken ? ta.nameTaken : undefined}
            isDisabled={Boolean(known)}
            isMono
          />
          <TextField label={ta.owner} hint={ta.ownerHint} value={draft.owner} onChange={(owner) => set({ owner })} />
        </div>
        <p className="muted">{ta.namesHow}</p>
        {KINDS.map((kind) => (
          <TextField
            key={kind}
            label={ta.kinds[kind]}
            hint={ta.kindHints[kind]}
            value={draft[kind]}
            onChange={(next) => set({ [kind]: next })}
            rows={2}
            isMono
          />
        ))}
        <div className="two">
          <TextField
            label={ta.jobNamespace}
            hint={ta.jobHint}
            value={draft.jobNamespace}
            onChange={(jobNamespace) => set({ jobNamespace })}
            isMono
          />
          <TextField
            label={ta.jobName}
            value={draft.jobName}
            onChange={(jobName) => set({ jobName })}
            error={say("job")}
            isMono
          />
        </div>
        <p className="fine" role="status">
          {say("star", "long", "many") ?? (name ? say("names") : undefined)}
        </p>
        {saving.isError && <Failed what={ta.saving} error={saving.error} />}
        <div className="row-actions end">
          <Button onPress={close}>{t.action.cancel}</Button>
          <Button kind="primary" type="submit" isDisabled={missing.length > 0 || isTaken || saving.isPending}>
            {known ? ta.save : ta.declareIt}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
