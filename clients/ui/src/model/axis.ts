// Where do the lines of a chart's scale stand? At round numbers, and at round times of the clock.

/** From nought to the first round number that is not below the most; about so many steps. */
export function rounds(most: number, count: number): number[] {
  const rough = Math.max(1, most) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((one) => one * power >= rough * 0.999) ?? 10) * power;
  // Not added up, since sums of tenths are never quite tenths.
  return Array.from({ length: Math.ceil(Math.max(1, most) / step - 0.001) + 1 }, (_, place) => place * step);
}

const SECOND = 1000;
const CLOCK = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600].map((seconds) => seconds * SECOND);

/** Times from one to the other, at most so many. */
export function clockTimes(from: number, to: number, most: number): number[] {
  const step = CLOCK.find((one) => (to - from) / one <= Math.max(1, most)) ?? Math.max(to - from, 1);
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.max(0, Math.floor((to - first) / step) + 1) }, (_, place) => first + place * step);
}

/** A line through what is known, as the path of an SVG: what is unknown parts it. With a base it is an area down to it. */
export function path(points: (readonly [x: number, y: number] | null)[], base?: number): string {
  const parts: (readonly [number, number])[][] = [[]];
  for (const point of points) {
    if (point) parts.at(-1)?.push(point);
    else if (parts.at(-1)?.length) parts.push([]);
  }
  return parts
    .filter((part) => part.length > 0)
    .map((part) => {
      const [first = [0, 0], last = first] = [part[0], part.at(-1)];
      const line = `M${part.map(([x, y]) => `${round(x)},${round(y)}`).join("L")}`;
      // One that stands alone would be no line, and not be seen.
      if (base === undefined) return part.length > 1 ? line : `${line}h1`;
      return `${line}L${round(last[0])},${round(base)}H${round(first[0])}Z`;
    })
    .join("");
}

const round = (value: number) => Math.round(value * 10) / 10;
