// Who may come in with a token, and until when? Only whoever may do everything makes and ends them; nobody can look one up.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CalendarX, Clock, KeyRound, Plus } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { api } from "../../api/client";
import { tokens as tokensQuery, whoami } from "../../api/queries";
import { useLack, useMyName } from "../../app/rights";
import { ago, date, dateTime } from "../../model/format";
import { plainGrant } from "../../model/rights";
import { endState, type Token } from "../../model/tokens";
import { Button } from "../../parts/Controls";
import { Dialog } from "../../parts/Dialog";
import { Pill } from "../../parts/Pill";
import { Empty, Failed, Locked, Skeleton, Stale } from "../../parts/States";
import { t } from "../../strings";
import { tokens as tt } from "../../strings-settings";
import "../../styles/settings.css";

const NewToken = lazy(() => import("./NewToken"));

export function Tokens() {
  const why = useLack("admin", "everything");
  const { data: me, isPending: isUnknown } = useQuery(whoami);
  // Not asked for by whoever would only be refused.
  const found = useQuery({ ...tokensQuery, enabled: !isUnknown && why === undefined });
  const [isMaking, setMaking] = useState(false);
  const [ending, setEnding] = useState<Token>();
  const [ended, setEnded] = useState("");
  const all = found.data ?? [];
  const over = all.filter((one) => endState(one.expiresAt) === "ended").length;
  return (
    <section className="card tokens" aria-label={tt.title}>
      <div className="section-head">
        <h2>{tt.title}</h2>
        {found.data && all.length > 0 && <span className="fine">{tt.count(all.length - over, over)}</span>}
        <Button why={why} isDisabled={!found.data} onPress={() => setMaking(true)}>
          <Plus size={15} aria-hidden />
          {tt.make}
        </Button>
      </div>
      <p className="muted">{tt.how}</p>
      <p className="fine" role="status">
        {ended && tt.revoked(ended)}
      </p>
      {why ? (
        <Locked why={why} />
      ) : found.isPending ? (
        <Skeleton rows={3} />
      ) : !found.data ? (
        <Failed what={tt.title} error={found.error} retry={() => void found.refetch()} />
      ) : all.length === 0 ? (
        <Empty title={tt.none} icon={<KeyRound size={28} aria-hidden />}>
          <p className="muted">{tt.noneHow}</p>
        </Empty>
      ) : (
        <>
          <Stale error={found.error} since={found.dataUpdatedAt} />
          <List all={all} end={setEnding} />
        </>
      )}
      {isMaking && (
        <Suspense>
          <NewToken isFirst={all.length === 0 && me?.name === undefined} close={() => setMaking(false)} />
        </Suspense>
      )}
      {ending && (
        <Revoke
          one={ending}
          close={() => setEnding(undefined)}
          done={() => {
            setEnded(ending.name);
            setEnding(undefined);
          }}
        />
      )}
    </section>
  );
}

function List({ all, end }: { all: Token[]; end: (one: Token) => void }) {
  const me = useMyName();
  return (
    <div className="scroll-x">
      <table className="plain token-list">
        <thead>
          <tr>
            {tt.columns.map((name, index) => (
              <th key={name} scope="col">
                {name || <span className="skip-text">{index && tt.revoke}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {all.map((one) => (
            <tr key={one.name} data-ended={endState(one.expiresAt) === "ended"}>
              <th scope="row" className="mono">
                {one.name} {one.name === me && <Pill tone="accent">{tt.own}</Pill>}
              </th>
              <td>
                <ul className="token-rights">
                  {one.grants.map((grant) => (
                    <li key={grant}>
                      <span>{plainGrant(grant)}</span> <span className="fine mono as-granted">{grant}</span>
                    </li>
                  ))}
                </ul>
              </td>
              <td data-label={tt.columns[2]} title={dateTime(one.createdAt)}>
                {tt.made(ago(one.createdAt), one.createdBy)}
              </td>
              <td data-label={tt.columns[3]} title={one.usedAt && dateTime(one.usedAt)}>
                {one.usedAt ? ago(one.usedAt) : tt.never}
              </td>
              <td data-label={tt.columns[4]}>
                <End one={one} />
              </td>
              <td>
                <Button kind="quiet" label={tt.revokeOf(one.name)} onPress={() => end(one)}>
                  {tt.revoke}
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function End({ one: { expiresAt } }: { one: Token }) {
  const state = endState(expiresAt);
  if (!expiresAt) return <span className="muted">{tt.neverEnds}</span>;
  if (state === "later") return <span title={dateTime(expiresAt)}>{date(expiresAt)}</span>;
  return (
    <Pill tone="warn" icon={state === "ended" ? CalendarX : Clock} title={dateTime(expiresAt)}>
      {state === "ended" ? tt.ended(ago(expiresAt)) : ago(expiresAt)}
    </Pill>
  );
}

function Revoke({ one, close, done }: { one: Token; close: () => void; done: () => void }) {
  const queries = useQueryClient();
  const isOwn = useMyName() === one.name;
  const ending = useMutation({
    mutationFn: () => api.DELETE("/govern/v1/tokens/{token}", { params: { path: { token: one.name } } }),
    onSuccess: async () => {
      done();
      await queries.invalidateQueries({ queryKey: tokensQuery.queryKey });
    },
  });
  return (
    <Dialog title={tt.revokeTitle(one.name)} isOpen onClose={close}>
      <p>{tt.revokeHow}</p>
      <p className="muted">{one.usedAt ? tt.revokeLately(ago(one.usedAt)) : tt.revokeUnused}</p>
      {isOwn && <p className="stale">{tt.revokeOwn}</p>}
      {ending.isError && <Failed what={tt.revoking} error={ending.error} />}
      <div className="row-actions end">
        <Button onPress={close}>{t.action.cancel}</Button>
        <Button kind="danger" isDisabled={ending.isPending} onPress={() => ending.mutate()}>
          {tt.revoke}
        </Button>
      </div>
    </Dialog>
  );
}
