// Who writes and reads one topic? Three lanes; lines as wide as what flows, dashed where nothing flowed for a day.
import { Link } from "@tanstack/react-router";
import { Database, LogIn, LogOut, type LucideIcon } from "lucide-react";
import { type ReactNode, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Lineage as Told } from "../../api/queries";
import { ago, compact, names, number, percent } from "../../model/format";
import { consumersOf, type Producer, producersOf } from "../../model/lineage";
import { latelyFrom, type Rate, rateText, UNCOUNTED, widthOf } from "../../model/rate";
import { lineage as tl } from "../../strings-lineage";
import { moment, RateLegend, rateOver } from "./RateLegend";
import { SchemaLink } from "./SchemaLink";

/** What was not seen for so long is drawn dashed. */
const OLD = 24 * 3_600_000;

type Line = { d: string; width: number; isOld: boolean; isBad: boolean };

export function Picture({ told, rateOf }: { told: Told; rateOf: (one: Producer) => Rate | undefined }) {
  const place = useRef<HTMLDivElement>(null);
  const [lines, setLines] = useState<Line[]>([]);
  const consumers = useMemo(() => consumersOf(told), [told]);
  const producers = useMemo(() => producersOf(told), [told]);
  useLayoutEffect(() => {
    const box = place.current;
    if (!box) return;
    const draw = () => {
      const from = box.getBoundingClientRect();
      const at = (element: Element) => {
        const one = element.getBoundingClientRect();
        return {
          left: one.left - from.left,
          right: one.right - from.left,
          top: one.top - from.top,
          bottom: one.bottom - from.top,
          middle: one.top - from.top + one.height / 2,
          centre: one.left - from.left + one.width / 2,
        };
      };
      const focus = box.querySelector("[data-lane=topic]");
      if (!focus) return;
      const isStacked = getComputedStyle(box).gridTemplateColumns.split(" ").length < 3;
      const middle = at(focus);
      const join = (x1: number, y1: number, x2: number, y2: number) =>
        isStacked
          ? `M${x1} ${y1}C${x1} ${(y1 + y2) / 2} ${x2} ${(y1 + y2) / 2} ${x2} ${y2}`
          : `M${x1} ${y1}C${(x1 + x2) / 2} ${y1} ${(x1 + x2) / 2} ${y2} ${x2} ${y2}`;
      const isOld = (seen: string) => Date.now() - new Date(seen).getTime() > OLD;
      const into = [...box.querySelectorAll("[data-lane=producer]")].map((element, index) => {
        const one = at(element);
        const producer = producers[index];
        const d = isStacked
          ? join(one.centre, one.bottom, middle.centre, middle.top)
          : join(one.right, one.middle, middle.left, middle.middle);
        return {
          d,
          width: widthOf(producer && rateOf(producer)?.perSecond),
          isOld: isOld(producer?.last_seen ?? ""),
          isBad: (producer?.refused ?? 0) > 0,
        };
      });
      const out = [...box.querySelectorAll("[data-lane=consumer]")].map((element, index) => {
        const one = at(element);
        const d = isStacked
          ? join(middle.centre, middle.bottom, one.centre, one.top)
          : join(middle.right, middle.middle, one.left, one.middle);
        return { d, width: UNCOUNTED, isOld: isOld(consumers[index]?.last_seen ?? ""), isBad: false };
      });
      setLines([...into, ...out]);
    };
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(box);
    return () => observer.disconnect();
  }, [producers, consumers, rateOf]);
  const refused = producers.reduce((sum, one) => sum + one.refused, 0);
  const records = producers.reduce((sum, one) => sum + one.records, 0);
  return (
    <div className="lineage card" ref={place}>
      <svg className="edges" aria-hidden>
        {lines.map((line) => (
          <path key={line.d} d={line.d} strokeWidth={line.width} data-old={line.isOld} data-bad={line.isBad} />
        ))}
      </svg>
      <Lane title={tl.producers(producers.length)}>
        {producers.map((one) => (
          <Box
            key={`${one.client_id} ${one.principal}`}
            lane="producer"
            icon={LogIn}
            name={one.client_id}
            kind={tl.producer}
            isBad={one.refused > 0}
          >
            <p>{tl.records(compact(one.records))}</p>
            <RateLine rate={rateOf(one)} />
            {one.refused > 0 && (
              <Link
                to="/violations"
                search={{ topic: told.topic, producer: one.client_id, range: "30d" }}
                className="bad-text"
              >
                {tl.refused(number(one.refused), percent(one.refused, one.records + one.refused))}
              </Link>
            )}
            {(one.traced_from?.length ?? 0) > 0 && (
              <p className="fine" title={tl.gradeMeans.traced}>
                {tl.tracedSays(names(one.traced_from ?? []))}
              </p>
            )}
            <p className="fine">{[one.software, ago(one.last_seen)].filter(Boolean).join(" · ")}</p>
          </Box>
        ))}
      </Lane>
      <Lane title={tl.topicLane}>
        <Box lane="topic" icon={Database} name={told.topic} kind={tl.topicKind} isBad={false}>
          <p>{tl.records(compact(records))}</p>
          {refused > 0 && (
            <p className="bad-text">{tl.refused(number(refused), percent(refused, records + refused))}</p>
          )}
          <ul className="box-schemas">
            {told.schema_versions.map((one) => (
              <li key={`${one.context} ${one.id}`}>
                <SchemaLink one={one} />
              </li>
            ))}
          </ul>
        </Box>
      </Lane>
      <Lane title={tl.consumers(consumers.length)}>
        {consumers.map((one) => (
          <Box
            key={one.name}
            lane="consumer"
            icon={LogOut}
            name={one.name}
            kind={one.isGroup ? tl.group : tl.consumer}
            isBad={false}
          >
            <p>{tl.evidence(one.evidence)}</p>
            <p className="fine">{[one.software, ago(one.last_seen)].filter(Boolean).join(" · ")}</p>
          </Box>
        ))}
      </Lane>
      <p className="legend fine">
        {tl.legend} <RateLegend since={latelyFrom()} />
      </p>
    </div>
  );
}

function RateLine({ rate }: { rate: Rate | undefined }) {
  return (
    rate && (
      <p className="fine" title={rateOver(rate)}>
        {tl.rate(rateText(rate.perSecond), moment(rate.from))}
      </p>
    )
  );
}

function Lane({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="lane">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Box({
  lane,
  icon: Icon,
  name,
  kind,
  isBad,
  children,
}: {
  lane: string;
  icon: LucideIcon;
  name: string;
  kind: string;
  isBad: boolean;
  children: ReactNode;
}) {
  return (
    <article className="box" data-lane={lane} data-bad={isBad}>
      <p className="fine box-kind">
        <Icon size={13} aria-hidden />
        {kind}
      </p>
      <h3 className="mono">{name}</h3>
      {children}
    </article>
  );
}
