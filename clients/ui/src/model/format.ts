// How are numbers, times and sizes written? By the reader's locale, in one place.

const locale = () => (typeof navigator === "undefined" ? "en" : navigator.language || "en");
const once = <T>(make: () => T) => {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
};

const whole = once(() => new Intl.NumberFormat(locale()));
const short = once(() => new Intl.NumberFormat(locale(), { notation: "compact", maximumFractionDigits: 1 }));
const share = once(() => new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 2 }));
const roughly = once(() => new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 0 }));
const moment = once(() => new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "medium" }));
const clock = once(() => new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit" }));
const clockWithSeconds = once(
  () => new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit", second: "2-digit" }),
);
const day = once(() => new Intl.DateTimeFormat(locale(), { dateStyle: "medium" }));
const shortDay = once(() => new Intl.DateTimeFormat(locale(), { weekday: "short", day: "numeric" }));
const relative = once(() => new Intl.RelativeTimeFormat(locale(), { numeric: "auto", style: "long" }));
const list = once(() => new Intl.ListFormat(locale(), { type: "conjunction" }));

export const number = (value: number) => whole().format(value);
export const compact = (value: number) => (Math.abs(value) < 10_000 ? number(value) : short().format(value));
/** Small shares want their digits; of large ones nobody reads them. */
export const percent = (part: number, of: number) =>
  (part / of >= 0.1 ? roughly() : share()).format(of > 0 ? part / of : 0);
export const dateTime = (value: number | string) => moment().format(new Date(value));
export const time = (value: number | string) => clock().format(new Date(value));
export const timeOfDay = (value: number | string) => clockWithSeconds().format(new Date(value));
export const date = (value: number | string) => day().format(new Date(value));
/** A day within the last weeks, as short as it can be told. */
export const weekday = (value: number | string) => shortDay().format(new Date(value));
export const names = (values: string[]) => list().format(values);

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_557_600_000],
  ["month", 2_629_800_000],
  ["week", 604_800_000],
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

/** `3 hours ago`. What is less than a minute away is now. */
export function ago(value: number | string, now = Date.now()): string {
  const passed = new Date(value).getTime() - now;
  for (const [unit, length] of STEPS) {
    if (Math.abs(passed) >= length) return relative().format(Math.trunc(passed / length), unit);
  }
  return relative().format(0, "second");
}

export function bytes(value: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;
  const power = Math.min(units.length - 1, value > 0 ? Math.floor(Math.log(value) / Math.log(1000)) : 0);
  const format = new Intl.NumberFormat(locale(), {
    style: "unit",
    unit: units[power] ?? "byte",
    unitDisplay: power ? "short" : "long",
    maximumFractionDigits: 1,
  });
  return format.format(value / 1000 ** power);
}

/** `1.2 ms`, of seconds. */
export function duration(seconds: number): string {
  const [value, unit] =
    seconds >= 1
      ? ([seconds, "second"] as const)
      : seconds >= 0.001
        ? ([seconds * 1e3, "millisecond"] as const)
        : ([seconds * 1e6, "microsecond"] as const);
  return new Intl.NumberFormat(locale(), {
    style: "unit",
    unit,
    unitDisplay: "short",
    maximumSignificantDigits: 3,
  }).format(value);
}

/** Ids and versions are names, not amounts. */
export const version = (value: number) => `v${value}`;

/** As it begins a line or a label. */
export const capital = (text: string) => text.charAt(0).toLocaleUpperCase(locale()) + text.slice(1);
