// What is going wrong at this moment? The last bad records, as the stream tells of them.
import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import type { Live } from "../../api/live";
import { dateTime, timeOfDay } from "../../model/format";
import { plainReason } from "../../model/violations";
import { ActionPill } from "../../parts/Pill";
import { t } from "../../strings";

/** More than these nobody reads while they run. */
const SHOWN = 6;
const SAID_EVERY = 10_000;

export function Feed({ live, topic }: { live: Live; topic: string | undefined }) {
  const broken = topic ? live.broken.filter((one) => one.topic === topic) : live.broken;
  const said = useSaid(live);
  return (
    <section className="card feed" aria-label={t.live.title}>
      <div className="section-head">
        <h2>{t.live.title}</h2>
        <span className="fine" role="status">
          {said}
          {live.lost > 0 && <> {t.live.lost(live.lost)}</>}
        </span>
      </div>
      {broken.length === 0 ? (
        <p className="muted">{live.state === "live" ? t.live.none : t.live.means[live.state]}</p>
      ) : (
        <ul className="lines">
          {broken.slice(0, SHOWN).map((one) => (
            <li key={one.key}>
              <time className="mono fine" dateTime={one.sample.at} title={dateTime(one.sample.at)}>
                {timeOfDay(one.sample.at)}
              </time>
              <span className="grow clip">
                <Link to="/violations" search={{ topic: one.topic, rule: one.rule, producer: one.clientId }}>
                  {plainReason(one)}
                </Link>
              </span>
              <span className="mono fine clip feed-place">
                {one.topic} · {one.clientId || t.none.client}
              </span>
              <span className="fine">{t.live.sent(one.records)}</span>
              <ActionPill action={one.sample.action} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** What is said aloud: every ten seconds at most, and only if something happened. */
function useSaid(live: Live): string {
  const [said, setSaid] = useState("");
  const latest = useRef(live);
  latest.current = live;
  useEffect(() => {
    const timer = setInterval(() => {
      const since = Date.now() - SAID_EVERY;
      const records = latest.current.broken.filter((one) => one.at >= since).reduce((sum, one) => sum + one.records, 0);
      setSaid(records ? t.live.lately(records) : "");
    }, SAID_EVERY);
    return () => clearInterval(timer);
  }, []);
  return said;
}
