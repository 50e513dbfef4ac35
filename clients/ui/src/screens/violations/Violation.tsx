// What is wrong with these records, whose are they, and what comes next?
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { EyeOff, FileCode2, FlaskConical, Network, TriangleAlert, Waypoints } from "lucide-react";
import { useFresh } from "../../api/fresh";
import { type Live, useLive } from "../../api/live";
import { schemaById, violation } from "../../api/queries";
import { ago, bytes, dateTime, number, timeOfDay, version } from "../../model/format";
import { plainReason, ruleName, side } from "../../model/violations";
import { DayChart } from "../../parts/Bars";
import { CopyButton } from "../../parts/Controls";
import { Page } from "../../parts/Page";
import { Pairs } from "../../parts/Pairs";
import { ActionPill, Pill } from "../../parts/Pill";
import { Empty, Failed, Skeleton, Stale } from "../../parts/States";
import { t } from "../../strings";
import { BadRecord } from "./Record";
import { Redrive } from "./Redrive";
import { State } from "./State";

const route = getRouteApi("/violations/$id");
/** How many samples can be chosen from: more of the same tell nothing new. */
const SAMPLES = 8;
/** How often it is asked for anew where the stream tells what is new, and where it does not. */
const [HEARD, UNHEARD] = [60_000, 15_000];

export function Violation() {
  const { id } = route.useParams();
  const { sample: wanted = 0, as = "tree" } = route.useSearch();
  const navigate = route.useNavigate();
  const live = useLive();
  const found = useQuery({ ...violation(id), refetchInterval: live.state === "live" ? HEARD : UNHEARD });
  const one = found.data;
  const isOfIt = (other: Live["broken"][number]) =>
    one !== undefined && other.topic === one.topic && other.rule === one.rule && other.clientId === one.clientId;
  useFresh(live, live.broken.find(isOfIt)?.key, ["violation", id]);
  const sample = one?.samples[wanted] ?? one?.samples[0];
  const named = sample?.schema ?? one?.samples.find((each) => each.schema)?.schema;
  const schema = useQuery({ ...schemaById(named?.id ?? 0, named?.context ?? "."), enabled: named !== undefined });
  const user = schema.data?.users[0];
  if (found.isPending)
    return (
      <Page title={t.violation.title}>
        <Skeleton rows={10} />
      </Page>
    );
  if (!one)
    return (
      <Page title={t.violation.title}>
        <Failed what={t.violation.title} error={found.error} retry={() => void found.refetch()} />
      </Page>
    );
  const isOwn = one.rule.startsWith("tidegate.");
  const { domainRules = [], encodingRules = [] } = schema.data?.schema.ruleSet ?? {};
  const rule = isOwn ? undefined : [...domainRules, ...encodingRules].find((each) => each.name === one.rule);
  const inSubject = user?.subject && !isOwn ? { subject: user.subject, rule: one.rule } : undefined;
  return (
    <Page
      title={plainReason(one)}
      beside={
        <CopyButton
          text={`curl -s ${window.location.origin}/govern/v1/violations/${one.id}`}
          label={t.violation.copyCurl}
        />
      }
      answer={t.violation.answer({
        records: number(one.records),
        acted: number(one.acted),
        isAll: one.acted === one.records,
        isNone: one.acted === 0,
        producer: one.clientId || t.none.client,
        topic: one.topic,
        since: ago(one.firstSeen),
        last: ago(one.lastSeen),
      })}
    >
      {found.isError && <Stale error={found.error} since={found.dataUpdatedAt} />}
      <div className="facts">
        <Pill icon={TriangleAlert} tone="warn">
          {ruleName(one.rule)}
        </Pill>
        {one.path && (
          <Pill>
            <span className="mono">{one.path}</span>
          </Pill>
        )}
        {side(one.reason) && <Pill>{t.violation.sides[side(one.reason) ?? "value"]}</Pill>}
      </div>
      <State key={one.id} of={one} />
      <div className="next-steps">
        {user?.subject && (
          <Link
            to="/subjects/$subject/fields"
            params={{ subject: user.subject }}
            search={{
              ...(user.version ? { v: user.version } : {}),
              ...(one.path ? { q: one.path.replace(/\[\d*\]|\{[^}]*\}/g, "[]") } : {}),
            }}
            className="button plain"
          >
            <FileCode2 size={15} aria-hidden />
            {t.violation.openSchema(user.subject, version(user.version ?? 0))}
          </Link>
        )}
        {inSubject && (
          <Link to="/rules" search={inSubject} className="button plain">
            <FlaskConical size={15} aria-hidden />
            {t.violation.openRule}
          </Link>
        )}
        <Link to="/proxy" search={{ topic: one.topic, producer: one.clientId }} className="button plain">
          <Waypoints size={15} aria-hidden />
          {t.violation.openPolicy}
        </Link>
        <Link to="/lineage" search={{ focus: `topic:${one.topic}` }} className="button plain">
          <Network size={15} aria-hidden />
          {t.violation.openLineage}
        </Link>
      </div>
      <div className="violation">
        <section className="card record" aria-label={t.violation.record}>
          <div className="section-head">
            <h2>{t.violation.record}</h2>
            <Pill icon={EyeOff}>{t.violation.masked}</Pill>
          </div>
          {one.samples.length === 0 || !sample ? (
            <Empty title={t.violation.noSamples}>
              <p className="muted">{t.violation.noSamplesHow}</p>
            </Empty>
          ) : (
            <>
              {one.samples.length > 1 && (
                <div className="samples" role="group" aria-label={t.violation.samples(one.samples.length)}>
                  {one.samples.slice(0, SAMPLES).map((each, index) => (
                    <button
                      key={`${each.at} ${each.partition} ${each.index}`}
                      type="button"
                      aria-pressed={each === sample}
                      title={dateTime(each.at)}
                      onClick={() => void navigate({ search: asked(index, as), replace: true })}
                    >
                      {timeOfDay(each.at)}
                    </button>
                  ))}
                </div>
              )}
              <dl className="record-head">
                <Fact name={t.violation.seen}>{dateTime(sample.at)}</Fact>
                <Fact name={t.violation.place}>{t.violation.placeSays(one.topic, sample.partition, sample.index)}</Fact>
                <Fact name={t.violation.size}>{bytes(sample.bytes)}</Fact>
                <Fact name={t.violation.schema}>
                  {sample.schema ? (
                    <Link
                      to="/ids/$id"
                      params={{ id: String(sample.schema.id) }}
                      search={sample.schema.context === "." ? {} : { context: sample.schema.context }}
                    >
                      {t.subject.id(sample.schema.id)}
                    </Link>
                  ) : (
                    t.violation.noSchema
                  )}
                </Fact>
                <Fact name={t.violation.done}>
                  <ActionPill action={sample.action} />
                </Fact>
              </dl>
              <BadRecord
                of={one}
                sample={sample}
                form={as}
                onForm={(form) => void navigate({ search: (old) => asked(old.sample, form), replace: true })}
              />
            </>
          )}
        </section>
        <div className="stack">
          <section className="card">
            <h2>{t.violation.trend}</h2>
            <DayChart trend={one.trend} />
          </section>
          <Redrive of={one} rule={rule} />
          <section className="card">
            <h2>{t.violation.facts}</h2>
            <Pairs
              of={[
                [t.violations.rule, <span className="mono">{one.rule}</span>],
                [
                  t.violation.producer,
                  <Link to="/violations" search={{ producer: one.clientId }} className="mono">
                    {one.clientId || t.none.client}
                  </Link>,
                ],
                [t.violation.principal, one.principal],
                [
                  t.violations.columns.topic,
                  <Link to="/violations" search={{ topic: one.topic }} className="mono">
                    {one.topic}
                  </Link>,
                ],
                [t.violation.cluster, one.cluster],
                [t.violation.first, dateTime(one.firstSeen)],
                [t.violation.last, dateTime(one.lastSeen)],
              ]}
            />
          </section>
        </div>
      </div>
    </Page>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** What the address says: nothing where it is the usual. */
function asked(sample: number | undefined, form: "tree" | "json"): { sample?: number; as?: "json" } {
  return { ...(sample ? { sample } : {}), ...(form === "json" ? { as: "json" as const } : {}) };
}
