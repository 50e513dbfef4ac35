// What does this policy ask, what was it before, and what shall it be? Nobody's change is overwritten unseen.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Trash2, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { ApiError, api } from "../../api/client";
import { type Policy as PolicyNow, policyHistory, policy as policyQuery } from "../../api/queries";
import { useLack } from "../../app/rights";
import { ago, dateTime, version } from "../../model/format";
import { type Definition, type Draft, differences, draftOf, FRESH, plainPolicy, wishOf } from "../../model/policy";
import { Button, Select } from "../../parts/Controls";
import { Dialog } from "../../parts/Dialog";
import { Choice, Switch, TextField } from "../../parts/Fields";
import { Page } from "../../parts/Page";
import { PolicyModePill } from "../../parts/Pill";
import { Failed, Locked, Skeleton } from "../../parts/States";
import { t } from "../../strings";
import { gate } from "../../strings-gate";

const route = getRouteApi("/proxy/policies/$policy");

export function Policy() {
  const { policy: name } = route.useParams();
  const found = useQuery({ ...policyQuery(name), refetchOnWindowFocus: false });
  if (found.isPending) {
    return (
      <Page title={name}>
        <Skeleton rows={8} />
      </Page>
    );
  }
  if (!found.data) {
    return (
      <Page title={name}>
        <Failed what={gate.policy.what(name)} error={found.error} retry={() => void found.refetch()} />
      </Page>
    );
  }
  return <Editor key={name} found={found.data} />;
}

/** What was opened stays as it was while one edits; what others did meanwhile is taken up by `reload` only. */
function Editor({ found }: { found: { policy: PolicyNow; tag: string } }) {
  const now = found.policy;
  const [base, setBase] = useState(() => ({ draft: draftOf(now), tag: found.tag, isSaved: false }));
  return (
    <Page
      title={now.name}
      answer={plainPolicy(now)}
      beside={<PolicyModePill mode={now.mode} />}
      actions={<Delete name={now.name} tag={found.tag} />}
    >
      <div className="proxy">
        <Form
          key={base.tag}
          base={base.draft}
          tag={base.tag}
          current={draftOf(now)}
          reload={() => setBase({ draft: draftOf(now), tag: found.tag, isSaved: false })}
          saved={(draft, tag) => setBase({ draft, tag, isSaved: true })}
          isSaved={base.isSaved}
        />
        <History name={now.name} />
      </div>
    </Page>
  );
}

export function NewPolicy() {
  const navigate = useNavigate();
  return (
    <Page title={t.proxy.create} answer={gate.policy.newAnswer}>
      <div className="proxy">
        <Form
          base={FRESH}
          tag={undefined}
          current={FRESH}
          reload={() => undefined}
          saved={(draft) => void navigate({ to: "/proxy/policies/$policy", params: { policy: draft.name } })}
        />
      </div>
    </Page>
  );
}

type FormProps = {
  base: Draft /** Absent for one that is not there yet. */;
  tag: string | undefined;
  current: Draft;
  reload: () => void;
  saved: (draft: Draft, tag: string) => void;
  /** Whether what it begins with was just saved here. */
  isSaved?: boolean;
};

function Form({ base, tag, current, reload, saved, isSaved = false }: FormProps) {
  const [draft, setDraft] = useState(base);
  const why = useLack("admin", "everything");
  const queries = useQueryClient();
  const set = (change: Partial<Draft>) => setDraft((old) => ({ ...old, ...change }));
  const saving = useMutation({
    mutationFn: async (match: string | undefined) => {
      const { response } = await api.PUT("/govern/v1/policies/{policy}", {
        params: {
          path: { policy: draft.name },
          header: match ? { "If-Match": match } : { "If-None-Match": "*" as const },
        },
        body: wishOf(draft),
      });
      return response.headers.get("etag") ?? "*";
    },
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: ["policies"] });
      await queries.invalidateQueries({ queryKey: ["policy", draft.name] });
      saved(draft, made);
    },
    onError: (error) => {
      if (error instanceof ApiError && error.status === 412)
        void queries.invalidateQueries({ queryKey: ["policy", draft.name] });
    },
  });
  const isConflict = saving.error instanceof ApiError && saving.error.status === 412;
  const changed = differences(wishOf(base), wishOf(draft));
  const list = (text: string) =>
    text
      .split("\n")
      .map((one) => one.trim())
      .filter(Boolean);
  const isNew = tag === undefined;
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (!why) saving.mutate(tag);
      }}
    >
      <Locked why={why} />
      <fieldset className="stack" disabled={why !== undefined}>
        <section className="card form">
          {(isNew || plainPolicy(draft) !== plainPolicy(base)) && <p className="plain-words">{plainPolicy(draft)}</p>}
          {isNew && <TextField label={gate.policy.name} value={draft.name} onChange={(name) => set({ name })} isMono />}
          <TextField
            label={gate.policy.topics}
            hint={gate.policy.topicsHint}
            value={draft.topics}
            onChange={(topics) => set({ topics })}
            isMono
          />
          <Choice
            label={gate.policy.mode}
            value={draft.mode}
            onChange={(mode) => set({ mode: mode as Draft["mode"] })}
            options={(["off", "shadow", "enforce"] as const).map((id) => ({
              id,
              label: t.policy.modes[id],
              hint: gate.policy.modeMeans[id],
            }))}
          />
          {draft.mode === "enforce" && (
            <label className="field">
              <span>{gate.policy.percent(draft.percent)}</span>
              <input
                type="range"
                min={0}
                max={100}
                step={1}
                value={draft.percent}
                onChange={(event) => set({ percent: Number(event.target.value) })}
              />
              <span className="hint">{gate.policy.percentHint}</span>
            </label>
          )}
          <Choice
            label={gate.policy.action}
            value={draft.action}
            onChange={(action) => set({ action: action as Draft["action"] })}
            options={(["reject", "reject_and_dead_letter", "flag", "remove_and_dead_letter"] as const).map((id) => ({
              id,
              label: gate.policy.actions[id],
              hint: gate.policy.plain.actions[id],
            }))}
          />
        </section>
        <section className="card form two">
          <Switch label={gate.policy.value} isOn={draft.value} onChange={(value) => set({ value })} />
          <Switch label={gate.policy.key} isOn={draft.key} onChange={(key) => set({ key })} />
          <Select
            label={gate.policy.framing}
            value={draft.framing}
            onChange={(framing) => set({ framing: framing as Draft["framing"] })}
            options={(["confluent", "none"] as const).map((id) => ({ id, label: gate.policy.framings[id] }))}
          />
          <Select
            label={gate.policy.undecidable}
            value={draft.whenUndecidable}
            onChange={(whenUndecidable) => set({ whenUndecidable: whenUndecidable as Draft["whenUndecidable"] })}
            options={(["closed", "open"] as const).map((id) => ({ id, label: gate.policy.undecidables[id] }))}
          />
          <TextField
            label={gate.policy.subject}
            hint={gate.policy.subjectHint}
            value={draft.subject}
            onChange={(subject) => set({ subject })}
            isMono
          />
          <TextField
            label={gate.policy.context}
            value={draft.context}
            onChange={(context) => set({ context })}
            isMono
          />
          <TextField
            label={gate.policy.deadLetterTopic}
            hint={gate.policy.deadLetterHint}
            value={draft.deadLetterTopic}
            onChange={(deadLetterTopic) => set({ deadLetterTopic })}
            isMono
          />
          <TextField
            label={gate.policy.position}
            hint={gate.policy.positionHint}
            value={draft.position === undefined ? "" : String(draft.position)}
            onChange={(value) => set({ position: /^\d{1,9}$/.test(value) ? Number(value) : undefined })}
            isMono
          />
          <TextField
            label={gate.policy.producers}
            hint={gate.policy.producersHint}
            rows={2}
            value={draft.producers.join("\n")}
            onChange={(value) => set({ producers: list(value) })}
            isMono
          />
          <TextField
            label={gate.policy.redrive}
            hint={gate.policy.redriveHint}
            rows={2}
            value={draft.redrive.join("\n")}
            onChange={(value) => set({ redrive: list(value) })}
            isMono
          />
        </section>
      </fieldset>
      {isConflict ? (
        <section className="card conflict" role="alert">
          <h2>
            <TriangleAlert size={17} aria-hidden /> {gate.policy.conflict}
          </h2>
          <p className="muted">{gate.policy.conflictHow}</p>
          <Differences list={differences(wishOf(base), wishOf(current))} />
          <div className="row-actions">
            <Button onPress={reload}>{gate.policy.takeTheirs}</Button>
            <Button kind="danger" onPress={() => saving.mutate("*")}>
              {gate.policy.overwrite}
            </Button>
          </div>
        </section>
      ) : (
        saving.isError && <Failed what={gate.policy.saving} error={saving.error} />
      )}
      <div className="save-bar">
        <p className="count" role="status">
          {isSaved && !changed.length
            ? gate.policy.saved
            : changed.length
              ? gate.policy.unsaved(
                  changed.map((one) => gate.policy.members[one.name as keyof typeof gate.policy.members] ?? one.name),
                )
              : isNew
                ? ""
                : gate.policy.unchanged}
        </p>
        {changed.length > 0 && (
          <Button kind="quiet" onPress={() => setDraft(base)}>
            {t.action.reset}
          </Button>
        )}
        <Button
          kind="primary"
          type="submit"
          why={why}
          isDisabled={saving.isPending || !draft.topics || !draft.name || (!isNew && !changed.length)}
        >
          {isNew ? t.proxy.create : t.action.save}
        </Button>
      </div>
    </form>
  );
}

export function Differences({ list }: { list: { name: string; before: string; after: string }[] }) {
  return (
    <ul className="differences">
      {list.map((one) => (
        <li key={one.name}>
          <span>{gate.policy.members[one.name as keyof typeof gate.policy.members] ?? one.name}</span>
          <span className="mono">
            {one.before && <del>{one.before}</del>} {one.after && <ins>{one.after}</ins>}
          </span>
        </li>
      ))}
    </ul>
  );
}

function History({ name }: { name: string }) {
  const found = useQuery(policyHistory(name));
  const all = found.data?.versions ?? [];
  return (
    <section className="card">
      <h2>{gate.policy.history}</h2>
      {found.isPending ? (
        <Skeleton rows={4} />
      ) : found.error && !found.data ? (
        <Failed what={gate.policy.history} error={found.error} />
      ) : (
        <ol className="timeline small">
          {all.map((one, index) => {
            const older = all[index + 1];
            const changes = older ? differences(older.definition as Definition, one.definition as Definition) : [];
            return (
              <li key={one.version} className="moment">
                <p>
                  <span className="mono version">{version(one.version)}</span>{" "}
                  <span className="muted">{gate.policy.by(one.changedBy)}</span>{" "}
                  <time className="fine" dateTime={one.changedAt} title={dateTime(one.changedAt)}>
                    {ago(one.changedAt)}
                  </time>
                </p>
                {!one.definition ? (
                  <p className="bad-text">{gate.policy.deleted}</p>
                ) : !older ? (
                  <p className="muted">{plainPolicy(one.definition as Definition)}</p>
                ) : (
                  <Differences list={changes} />
                )}
              </li>
            );
          })}
        </ol>
      )}
    </section>
  );
}

function Delete({ name, tag }: { name: string; tag: string }) {
  const [isOpen, setOpen] = useState(false);
  const why = useLack("admin", "everything");
  const navigate = useNavigate();
  const queries = useQueryClient();
  const deleting = useMutation({
    mutationFn: () =>
      api.DELETE("/govern/v1/policies/{policy}", { params: { path: { policy: name }, header: { "If-Match": tag } } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["policies"] });
      await navigate({ to: "/proxy" });
    },
  });
  return (
    <>
      <Button kind="danger" why={why} onPress={() => setOpen(true)}>
        <Trash2 size={15} aria-hidden />
        {t.action.delete}
      </Button>
      <Dialog title={gate.policy.deleteTitle(name)} isOpen={isOpen} onClose={() => setOpen(false)}>
        <p>{gate.policy.deleteHow}</p>
        {deleting.isError && <Failed what={t.action.delete} error={deleting.error} />}
        <div className="row-actions end">
          <Button onPress={() => setOpen(false)}>{t.action.cancel}</Button>
          <Button kind="danger" isDisabled={deleting.isPending} onPress={() => deleting.mutate()}>
            {t.action.delete}
          </Button>
        </div>
      </Dialog>
    </>
  );
}
