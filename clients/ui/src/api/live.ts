// What happens now? One stream of server-sent events for the whole page, open for as long as somebody looks.
import { useSyncExternalStore } from "react";
import { type Broken, type Counts, KEPT, type Second, type Span, secondOf, withSecond } from "../model/live";
import type { components } from "./schema";

/** `closed`: the server does not let us listen, such as for want of a right. It is asked again all the same, seldom. */
export type State = "connecting" | "live" | "paused" | "reconnecting" | "closed";
export type Live = {
  state: State;
  seconds: Second[];
  heard: Span[];
  /** When each topic was last told of, also by what is left out of the seconds. */
  told: Map<string, number>;
  /** Newest first. */
  broken: (Broken & { key: number; at: number })[];
  /** How many events went past unseen, because they came too fast. */
  lost: number;
};

const MOST_BROKEN = 200;
/** After the last one has gone, the stream stays open for a moment: often another screen wants it. */
const LINGER = 3_000;
const WAITS = [1_000, 2_000, 5_000, 10_000, 30_000];
/** What was counted since somebody listened last comes within this time, if anything was. */
const SETTLE = 2_500;
/** Screens are told at most so often: what comes faster nobody could read. */
const SHOW_EVERY = 250;

let now: Live = { state: "connecting", seconds: [], heard: [], told: new Map(), broken: [], lost: 0 };
const listeners = new Set<() => void>();
let source: EventSource | undefined;
let retry: ReturnType<typeof setTimeout> | undefined;
let leave: ReturnType<typeof setTimeout> | undefined;
let show: ReturnType<typeof setTimeout> | undefined;
let failures = 0;
let keys = 0;
let isPaused = false;
/** Since when the stream is open; undefined once it tells of one second at a time. */
let opened: number | undefined;

function tell(change: Partial<Live>, isUrgent = false): void {
  now = { ...now, ...change };
  if (isUrgent) {
    clearTimeout(show);
    show = undefined;
    for (const listener of listeners) listener();
    return;
  }
  show ??= setTimeout(() => {
    show = undefined;
    for (const listener of listeners) listener();
  }, SHOW_EVERY);
}

/** The span that we are in grows; a new one begins where the stream was opened anew. */
function hear(isNew: boolean): void {
  const at = Date.now();
  const last = now.heard.at(-1);
  const heard = now.heard.filter((one) => one.to >= at - KEPT);
  if (isNew || !last) heard.push({ from: at, to: at });
  else heard[heard.length - 1] = { from: last.from, to: at };
  now = { ...now, heard };
}

/** The first that is told covers more than a second, nobody knows how much: it is left out, and we begin to hear after it. */
function settle(): void {
  opened = undefined;
  hear(true);
  tell({});
}

function open(): void {
  if (source || isPaused) return;
  const mine = new EventSource("/govern/v1/events");
  source = mine;
  const data = <T>(event: MessageEvent) => JSON.parse(String(event.data)) as T;
  mine.onopen = () => {
    failures = 0;
    opened = Date.now();
    tell({ state: "live" }, true);
  };
  mine.addEventListener("counts", (event) => {
    const second = secondOf(data<Counts>(event));
    for (const topic of second.topics.keys()) now.told.set(topic, second.at);
    if (opened !== undefined) return settle();
    hear(false);
    tell({ seconds: withSecond(now.seconds, second) });
  });
  mine.addEventListener("violation", (event) => {
    keys += 1;
    tell({ broken: [{ ...data<Broken>(event), key: keys, at: Date.now() }, ...now.broken].slice(0, MOST_BROKEN) });
  });
  mine.addEventListener("lost", (event) => {
    tell({ lost: now.lost + data<components["schemas"]["LostEvent"]>(event).events });
  });
  mine.onerror = () => {
    // A browser tries again by itself only if the connection broke; what was refused it leaves alone.
    const isRefused = mine.readyState === EventSource.CLOSED;
    tell({ state: isRefused && failures > 1 ? "closed" : "reconnecting" }, true);
    mine.close();
    if (source === mine) source = undefined;
    const wait = WAITS[Math.min(failures, WAITS.length - 1)];
    failures += 1;
    clearTimeout(retry);
    retry = setTimeout(open, wait);
  };
}

function close(): void {
  clearTimeout(retry);
  source?.close();
  source = undefined;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  clearTimeout(leave);
  if (!source) {
    if (!isPaused && now.state !== "connecting") tell({ state: "connecting" });
    open();
  }
  // Nothing comes for seconds in which nothing was counted; these are known all the same.
  const tick = setInterval(() => {
    if (now.state !== "live") return;
    if (opened === undefined) {
      hear(false);
      tell({});
    } else if (Date.now() - opened >= SETTLE) settle();
  }, 1_000);
  return () => {
    clearInterval(tick);
    listeners.delete(listener);
    if (!listeners.size) leave = setTimeout(close, LINGER);
  };
}

export function pause(isOn: boolean): void {
  isPaused = isOn;
  if (isOn) {
    close();
    tell({ state: "paused" }, true);
  } else {
    failures = 0;
    tell({ state: "connecting" }, true);
    open();
  }
}

export const useLive = () => useSyncExternalStore(subscribe, () => now);
