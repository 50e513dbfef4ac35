// What is asked of which records at the gate? The policies in the order in which they are asked.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Download, Plus } from "lucide-react";
import { policies, policyMatch } from "../../api/queries";
import { useLack } from "../../app/rights";
import { download } from "../../model/download";
import { ago, version } from "../../model/format";
import { plainPolicy } from "../../model/policy";
import { Button, MenuButton } from "../../parts/Controls";
import { TextField } from "../../parts/Fields";
import { Page } from "../../parts/Page";
import { Pill, PolicyModePill } from "../../parts/Pill";
import { Empty, Failed, Skeleton, Stale } from "../../parts/States";
import { useText } from "../../parts/useText";
import { t } from "../../strings";

const route = getRouteApi("/proxy");

function Create() {
  const why = useLack("admin", "everything");
  const inside = (
    <>
      <Plus size={15} aria-hidden />
      {t.proxy.create}
    </>
  );
  return why ? (
    <Button kind="primary" why={why}>
      {inside}
    </Button>
  ) : (
    <Link to="/proxy/new" className="button primary">
      {inside}
    </Link>
  );
}

export function Gate() {
  const list = useQuery(policies);
  const all = list.data?.policies ?? [];
  const enforced = all.filter((one) => one.mode === "enforce").length;
  const shadowed = all.filter((one) => one.mode === "shadow").length;
  return (
    <Page
      title={t.proxy.title}
      answer={list.data ? t.proxy.answer(all.length, enforced, shadowed) : " "}
      actions={
        <>
          {all.length > 0 && (
            <MenuButton
              label={t.action.export}
              icon={<Download size={15} aria-hidden />}
              items={[
                {
                  id: "json",
                  label: t.proxy.exportJson(all.length),
                  onAction: () => download("policies.json", "application/json", JSON.stringify(all, null, 2)),
                },
              ]}
            />
          )}
          <Create />
        </>
      }
    >
      {list.data && list.isError && <Stale error={list.error} since={list.dataUpdatedAt} />}
      {list.isPending ? (
        <Skeleton rows={6} />
      ) : !list.data ? (
        <Failed what={t.proxy.what} error={list.error} retry={() => void list.refetch()} />
      ) : (
        <div className="proxy">
          <section aria-label={t.proxy.order}>
            {all.length ? (
              <ol className="policies">
                {all.map((one, index) => (
                  <li key={one.name} className="card policy" data-mode={one.mode}>
                    <span className="order" aria-hidden>
                      {index + 1}
                    </span>
                    <div>
                      <div className="rule-head">
                        <h2>
                          <Link to="/proxy/policies/$policy" params={{ policy: one.name }}>
                            {one.name}
                          </Link>
                        </h2>
                        <PolicyModePill mode={one.mode} />
                        {one.mode === "enforce" && (one.percent ?? 100) < 100 && (
                          <Pill tone="info">{t.proxy.percent(one.percent ?? 100)}</Pill>
                        )}
                        <span className="mono topics">{one.topics}</span>
                      </div>
                      <p>{plainPolicy(one)}</p>
                      <p className="fine">{t.proxy.changed(version(one.version), one.changedBy, ago(one.changedAt))}</p>
                    </div>
                  </li>
                ))}
              </ol>
            ) : (
              <Empty title={t.proxy.none}>
                <p className="muted">{t.proxy.noneHow}</p>
                <Create />
              </Empty>
            )}
          </section>
          <Match />
        </div>
      )}
    </Page>
  );
}

/** Which policy decides for a topic and a producer? Kept in the address. */
function Match() {
  const { topic: asked = "", producer: from = "" } = route.useSearch();
  const navigate = route.useNavigate();
  const set = (change: { topic?: string; producer?: string }) =>
    void navigate({
      search: (old) => Object.fromEntries(Object.entries({ ...old, ...change }).filter(([, value]) => value)),
      replace: true,
    });
  const [topic, setTopic] = useText(asked, (next) => set({ topic: next }));
  const [producer, setProducer] = useText(from, (next) => set({ producer: next }));
  const match = useQuery(policyMatch(asked, from));
  return (
    <section className="card form match">
      <h2>{t.proxy.match}</h2>
      <p className="muted">{t.proxy.matchHow}</p>
      <TextField label={t.proxy.topic} value={topic} onChange={setTopic} isMono placeholder="orders.created" />
      <TextField label={t.proxy.producer} value={producer} onChange={setProducer} isMono hint={t.proxy.producerHint} />
      <div role="status">
        {!asked ? null : match.isError ? (
          <Failed what={t.proxy.match} error={match.error} />
        ) : match.data?.policy ? (
          <div className="verdict">
            <p>
              <Link to="/proxy/policies/$policy" params={{ policy: match.data.policy.name }} className="strong">
                {match.data.policy.name}
              </Link>{" "}
              {t.proxy.decides} <PolicyModePill mode={match.data.mode} />
            </p>
            <p className="muted">{t.proxy.isTreated(match.data.mode ?? "off")}</p>
          </div>
        ) : match.data ? (
          <div className="verdict">
            <p>{t.proxy.nobody}</p>
            <p className="muted">{t.proxy.nobodyHow}</p>
          </div>
        ) : null}
      </div>
    </section>
  );
}
