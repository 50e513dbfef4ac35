// Where does this data come from, and where does it go? What the gate saw of a topic, as a picture and as a list.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Database, Download, LogIn, LogOut, type LucideIcon } from "lucide-react";
import { type ReactNode, useLayoutEffect, useMemo, useRef, useState } from "react";
import * as Aria from "react-aria-components";
import { lineage, split, subjectPages, type Lineage as Told } from "../api/queries";
import { download } from "../model/download";
import { ago, bytes, compact, dateTime, number, percent, version } from "../model/format";
import { consumersOf, type Producer } from "../model/lineage";
import { topicOf } from "../model/topics";
import { Button, Segments } from "../parts/Controls";
import { Page } from "../parts/Page";
import { Pill } from "../parts/Pill";
import { Empty, Failed, Skeleton, Stale } from "../parts/States";
import { t } from "../strings";

const route = getRouteApi("/lineage");
/** What was not seen for so long is drawn dashed. */
const OLD = 24 * 3_600_000;

export function Lineage() {
  const { focus = "", view } = route.useSearch();
  const navigate = route.useNavigate();
  const topic = focus.replace(/^topic:/, "");
  const found = useQuery(lineage(topic));
  const told = found.data;
  const isSeen = told && (told.producers.length > 0 || told.consumers.length > 0);
  return (
    <Page
      title={t.lineage.title}
      answer={
        !topic
          ? t.lineage.ask
          : told
            ? t.lineage.answer(
                told.topic,
                told.producers.length,
                consumersOf(told).length,
                told.last_seen ? ago(told.last_seen) : "",
              )
            : " "
      }
      actions={
        isSeen && (
          <Button onPress={() => download(`lineage-${topic}.json`, "application/json", JSON.stringify(told, null, 2))}>
            <Download size={15} aria-hidden />
            {t.action.export}
          </Button>
        )
      }
    >
      {told && found.isError && <Stale error={found.error} since={found.dataUpdatedAt} />}
      <div className="filters">
        <TopicPicker
          chosen={topic}
          choose={(next) =>
            void navigate({ search: (old) => ({ ...old, focus: next ? `topic:${next}` : undefined }) as never })
          }
        />
        {isSeen && (
          <Segments
            label={t.lineage.view}
            value={view ?? "picture"}
            onChange={(next) =>
              void navigate({
                search: (old) => ({ ...old, view: next === "list" ? ("list" as const) : undefined }) as never,
              })
            }
            options={[
              { id: "picture", label: t.lineage.picture },
              { id: "list", label: t.lineage.list },
            ]}
          />
        )}
      </div>
      {!topic ? (
        <Empty title={t.lineage.choose}>
          <p className="muted">{t.lineage.chooseHow}</p>
        </Empty>
      ) : found.isPending ? (
        <Skeleton rows={8} />
      ) : !told ? (
        <Failed what={t.lineage.of(topic)} error={found.error} retry={() => void found.refetch()} />
      ) : !isSeen ? (
        <Empty title={t.lineage.none(topic)}>
          <p className="muted">{t.lineage.noneHow}</p>
        </Empty>
      ) : view === "list" ? (
        <Lists told={told} />
      ) : (
        <Picture told={told} />
      )}
    </Page>
  );
}

/** Any topic can be typed; those that subjects are named after are offered. */
function TopicPicker({ chosen, choose }: { chosen: string; choose: (topic: string) => void }) {
  const pages = useInfiniteQuery(subjectPages({ context: "." }));
  const items = useMemo(() => {
    const names = (pages.data?.pages.flatMap((page) => page.subjects) ?? [])
      .map((one) => topicOf(split(one.subject).name))
      .filter((name) => name !== undefined);
    return [...new Set(names)].map((id) => ({ id }));
  }, [pages.data]);
  const [words, setWords] = useState(chosen);
  useLayoutEffect(() => setWords(chosen), [chosen]);
  return (
    <form
      className="topic-picker"
      onSubmit={(event) => {
        event.preventDefault();
        choose(words.trim());
      }}
    >
      <Aria.ComboBox
        className="field picker"
        aria-label={t.lineage.topic}
        items={items.filter((one) => one.id.includes(words) || words === chosen)}
        inputValue={words}
        onInputChange={setWords}
        onChange={(key) => key !== null && choose(String(key))}
        allowsCustomValue
        menuTrigger="focus"
      >
        <Aria.Input className="mono" placeholder={t.lineage.topicHint} />
        <Aria.Popover className="popover" offset={4}>
          <Aria.ListBox className="options">
            {(item: { id: string }) => (
              <Aria.ListBoxItem id={item.id} textValue={item.id} className="option mono">
                {item.id}
              </Aria.ListBoxItem>
            )}
          </Aria.ListBox>
        </Aria.Popover>
      </Aria.ComboBox>
      <Button type="submit">{t.lineage.show}</Button>
    </form>
  );
}

type Line = { d: string; width: number; isOld: boolean; isBad: boolean };

/** Three lanes; lines as wide as what flows, dashed where nothing flowed for a day. */
function Picture({ told }: { told: Told }) {
  const place = useRef<HTMLDivElement>(null);
  const [lines, setLines] = useState<Line[]>([]);
  const consumers = useMemo(() => consumersOf(told), [told]);
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
      const most = Math.max(1, ...told.producers.map((one) => one.records));
      const join = (x1: number, y1: number, x2: number, y2: number) =>
        isStacked
          ? `M${x1} ${y1}C${x1} ${(y1 + y2) / 2} ${x2} ${(y1 + y2) / 2} ${x2} ${y2}`
          : `M${x1} ${y1}C${(x1 + x2) / 2} ${y1} ${(x1 + x2) / 2} ${y2} ${x2} ${y2}`;
      const isOld = (seen: string) => Date.now() - new Date(seen).getTime() > OLD;
      const into = [...box.querySelectorAll("[data-lane=producer]")].map((element, index) => {
        const one = at(element);
        const producer = told.producers[index];
        const d = isStacked
          ? join(one.centre, one.bottom, middle.centre, middle.top)
          : join(one.right, one.middle, middle.left, middle.middle);
        return {
          d,
          width: 1.25 + 5 * Math.sqrt((producer?.records ?? 0) / most),
          isOld: isOld(producer?.last_seen ?? ""),
          isBad: (producer?.refused ?? 0) > 0,
        };
      });
      const out = [...box.querySelectorAll("[data-lane=consumer]")].map((element, index) => {
        const one = at(element);
        const d = isStacked
          ? join(middle.centre, middle.bottom, one.centre, one.top)
          : join(middle.right, middle.middle, one.left, one.middle);
        return { d, width: 1.5, isOld: isOld(consumers[index]?.last_seen ?? ""), isBad: false };
      });
      setLines([...into, ...out]);
    };
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(box);
    return () => observer.disconnect();
  }, [told, consumers]);
  const refused = told.producers.reduce((sum, one) => sum + one.refused, 0);
  const records = told.producers.reduce((sum, one) => sum + one.records, 0);
  return (
    <div className="lineage card" ref={place}>
      <svg className="edges" aria-hidden>
        {lines.map((line) => (
          <path key={line.d} d={line.d} strokeWidth={line.width} data-old={line.isOld} data-bad={line.isBad} />
        ))}
      </svg>
      <Lane title={t.lineage.producers(told.producers.length)}>
        {told.producers.map((one) => (
          <Box
            key={`${one.client_id} ${one.principal} ${one.address}`}
            lane="producer"
            icon={LogIn}
            name={one.client_id}
            kind={t.lineage.producer}
            isBad={one.refused > 0}
          >
            <p>{t.lineage.records(compact(one.records))}</p>
            {one.refused > 0 && (
              <Link
                to="/violations"
                search={{ topic: told.topic, producer: one.client_id, range: "30d" }}
                className="bad-text"
              >
                {t.lineage.refused(number(one.refused), percent(one.refused, one.records + one.refused))}
              </Link>
            )}
            <p className="fine">{[one.software, ago(one.last_seen)].filter(Boolean).join(" · ")}</p>
          </Box>
        ))}
      </Lane>
      <Lane title={t.lineage.topicLane}>
        <Box lane="topic" icon={Database} name={told.topic} kind={t.lineage.topicKind} isBad={false}>
          <p>{t.lineage.records(compact(records))}</p>
          {refused > 0 && (
            <p className="bad-text">{t.lineage.refused(number(refused), percent(refused, records + refused))}</p>
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
      <Lane title={t.lineage.consumers(consumers.length)}>
        {consumers.map((one) => (
          <Box
            key={one.name}
            lane="consumer"
            icon={LogOut}
            name={one.name}
            kind={one.isGroup ? t.lineage.group : t.lineage.consumer}
            isBad={false}
          >
            <p>{t.lineage.evidence(one.evidence)}</p>
            <p className="fine">{[one.software, ago(one.last_seen)].filter(Boolean).join(" · ")}</p>
          </Box>
        ))}
      </Lane>
      <p className="legend fine">{t.lineage.legend}</p>
    </div>
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

function SchemaLink({ one }: { one: Told["schema_versions"][number] }) {
  return one.subject ? (
    <Link
      to="/subjects/$subject/fields"
      params={{ subject: one.subject }}
      search={{ ...(one.version ? { v: one.version } : {}) }}
      className="mono"
    >
      {one.subject} {version(one.version ?? 0)}
    </Link>
  ) : (
    <span className="mono">{t.subject.id(one.id)}</span>
  );
}

/** The same without a picture. */
function Lists({ told }: { told: Told }) {
  const consumers = consumersOf(told);
  const cells = (one: Producer) => [number(one.records), number(one.refused), bytes(one.bytes)];
  return (
    <div className="stack">
      <section className="card scroll-x">
        <h2>{t.lineage.producers(told.producers.length)}</h2>
        <table className="plain">
          <thead>
            <tr>
              {t.lineage.producerColumns.map((name, index) => (
                <th key={name} scope="col" className={index > 1 && index < 5 ? "number" : ""}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {told.producers.map((one) => (
              <tr key={`${one.client_id} ${one.principal} ${one.address}`}>
                <th scope="row" className="mono">
                  {one.client_id}
                </th>
                <td>{[one.software, one.principal, one.address].filter(Boolean).join(" · ")}</td>
                {cells(one).map((cell, index) => (
                  <td key={t.lineage.producerColumns[index + 2]} className="number">
                    {cell}
                  </td>
                ))}
                <td>
                  {one.schemas?.map((schema) => (
                    <SchemaLink key={schema.id} one={schema} />
                  ))}
                </td>
                <td title={dateTime(one.last_seen)}>{ago(one.last_seen)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <section className="card scroll-x">
        <h2>{t.lineage.consumers(consumers.length)}</h2>
        <table className="plain">
          <thead>
            <tr>
              {t.lineage.consumerColumns.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {consumers.map((one) => (
              <tr key={one.name}>
                <th scope="row" className="mono">
                  {one.name}
                </th>
                <td>{one.software}</td>
                <td>
                  {one.evidence.map((each) => (
                    <Pill key={each}>{each}</Pill>
                  ))}
                </td>
                <td title={dateTime(one.last_seen)}>{ago(one.last_seen)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}
