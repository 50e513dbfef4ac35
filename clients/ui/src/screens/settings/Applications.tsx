// Which connections belong to which application, as people declare it? Lineage then tells of the application.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Boxes, Plus } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { api } from "../../api/client";
import { applications as applicationsQuery, whoami } from "../../api/queries";
import { useLack } from "../../app/rights";
import { type Application, namesOf } from "../../model/applications";
import { ago, dateTime } from "../../model/format";
import { Button } from "../../parts/Controls";
import { Dialog } from "../../parts/Dialog";
import { Empty, Failed, Locked, Skeleton, Stale } from "../../parts/States";
import { t } from "../../strings";
import { applications as ta } from "../../strings-settings";

const ApplicationForm = lazy(() => import("./ApplicationForm"));

export function Applications() {
  const why = useLack("write", "everything");
  const unseen = useLack("read", "everything");
  const { isPending: isUnknown } = useQuery(whoami);
  // Not asked for by whoever would only be refused.
  const found = useQuery({ ...applicationsQuery, enabled: !isUnknown && unseen === undefined });
  const [open, setOpen] = useState<Application | "new">();
  const [leaving, setLeaving] = useState<Application>();
  const [said, setSaid] = useState("");
  const all = found.data?.applications ?? [];
  return (
    <section className="card tokens" aria-label={ta.title} id="applications">
      <div className="section-head">
        <h2>{ta.title}</h2>
        {all.length > 0 && <span className="fine">{ta.count(all.length)}</span>}
        <Button why={why} isDisabled={!found.data} onPress={() => setOpen("new")}>
          <Plus size={15} aria-hidden />
          {ta.declare}
        </Button>
      </div>
      <p className="muted">{ta.how}</p>
      <p className="fine" role="status">
        {said}
      </p>
      {unseen ? (
        <Locked why={unseen} />
      ) : found.isPending ? (
        <Skeleton rows={3} />
      ) : !found.data ? (
        <Failed what={ta.title} error={found.error} retry={() => void found.refetch()} />
      ) : all.length === 0 ? (
        <Empty title={ta.none} icon={<Boxes size={28} aria-hidden />}>
          <p className="muted">{ta.noneHow}</p>
        </Empty>
      ) : (
        <>
          <Stale error={found.error} since={found.dataUpdatedAt} />
          <List all={all} why={why} change={setOpen} forget={setLeaving} />
        </>
      )}
      {open && (
        <Suspense>
          <ApplicationForm
            known={open === "new" ? undefined : open}
            taken={all.map((one) => one.name)}
            close={() => setOpen(undefined)}
            done={(name) => {
              setSaid(ta.declared(name));
              setOpen(undefined);
            }}
          />
        </Suspense>
      )}
      {leaving && (
        <Forget
          name={leaving.name}
          close={() => setLeaving(undefined)}
          done={() => {
            setSaid(ta.forgotten(leaving.name));
            setLeaving(undefined);
          }}
        />
      )}
    </section>
  );
}

type ListProps = {
  all: Application[];
  why: string | undefined;
  change: (one: Application) => void;
  forget: (one: Application) => void;
};

function List({ all, why, change, forget }: ListProps) {
  return (
    <div className="scroll-x">
      <table className="plain token-list">
        <thead>
          <tr>
            {ta.columns.map((name) => (
              <th key={name} scope="col">
                {name || <span className="skip-text">{ta.actions}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {all.map((one) => (
            <tr key={one.name}>
              <th scope="row" className="mono">
                {one.name}
              </th>
              <td data-label={ta.columns[1]}>{one.owner ?? <span className="muted">{ta.noOwner}</span>}</td>
              <td>
                <Names of={one} />
              </td>
              <td data-label={ta.columns[3]} title={dateTime(one.changedAt)}>
                {ta.changed(ago(one.changedAt), one.changedBy)}
              </td>
              <td>
                <span className="row-actions">
                  <Button kind="quiet" why={why} label={ta.changeOf(one.name)} onPress={() => change(one)}>
                    {ta.change}
                  </Button>
                  <Button kind="quiet" why={why} label={ta.forgetOf(one.name)} onPress={() => forget(one)}>
                    {ta.forget}
                  </Button>
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Names({ of }: { of: Application }) {
  return (
    <ul className="token-rights">
      {namesOf(of).map(({ kind, names }) => (
        <li key={kind}>
          <span className="muted">{ta.kinds[kind]}</span> <span className="mono">{names.join(", ")}</span>
        </li>
      ))}
      {of.job && (
        <li>
          <span className="muted">{ta.job}</span>{" "}
          <span className="mono">{ta.jobIs(of.job.namespace, of.job.name)}</span>
        </li>
      )}
    </ul>
  );
}

function Forget({ name, close, done }: { name: string; close: () => void; done: () => void }) {
  const queries = useQueryClient();
  const forgetting = useMutation({
    mutationFn: () => api.DELETE("/govern/v1/applications/{application}", { params: { path: { application: name } } }),
    onSuccess: async () => {
      done();
      // Every graph tells of applications.
      await queries.invalidateQueries();
    },
  });
  return (
    <Dialog title={ta.forgetTitle(name)} isOpen onClose={close}>
      <p>{ta.forgetHow}</p>
      {forgetting.isError && <Failed what={ta.forgetting} error={forgetting.error} />}
      <div className="row-actions end">
        <Button onPress={close}>{t.action.cancel}</Button>
        <Button kind="danger" isDisabled={forgetting.isPending} onPress={() => forgetting.mutate()}>
          {ta.forget}
        </Button>
      </div>
    </Dialog>
  );
}
