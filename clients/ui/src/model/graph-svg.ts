// How does the graph become a picture of its own? As SVG, with its own colours, for documents and chats.
import type { Edge, View } from "./graph";
import { type Point, through } from "./line";
import { widthOf } from "./rate";

export type Places = Record<string, Point>;
const MARGIN = 24;
const LOOKS: Record<Edge["evidence"], string> = {
  observed: "",
  declared: ' stroke-dasharray="6 4"',
  both: ' stroke-dasharray="16 4"',
};

const MARKS: Record<NonNullable<Edge["mark"]>, string> = { came: "#13713f", went: "#b3261e", changed: "#8a5300" };

const safe = (text: string) =>
  text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign] ?? sign);

/** A name that is too long for its box is cut; all of it is in its title. */
const cut = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

export function svgOf(
  view: View,
  places: Places,
  width: number,
  height: number,
  kinds: Record<string, string>,
  ways: Record<string, Point[]> = {},
): string {
  const nodes = view.nodes.flatMap((node) => {
    const place = places[node.id];
    return place ? [{ node, ...place }] : [];
  });
  const right = Math.max(0, ...nodes.map((one) => one.x + width)) + MARGIN;
  const bottom = Math.max(0, ...nodes.map((one) => one.y + height)) + MARGIN;
  const lines = view.edges.flatMap((edge) => {
    const [from, to] = [places[edge.from], places[edge.to]];
    if (!from || !to) return [];
    const [x1, y1, x2, y2] = [from.x + width, from.y + height / 2, to.x, to.y + height / 2];
    const way = [{ x: x1, y: y1 }, ...(ways[edge.id] ?? []), { x: x2, y: y2 }];
    return `<path d="${through(way, false)}" fill="none" stroke="${edge.mark ? MARKS[edge.mark] : "#7d8d99"}" stroke-width="${widthOf(edge.rate?.perSecond)}"${LOOKS[edge.evidence]}/>`;
  });
  const boxes = nodes.map(
    ({ node, x, y }) =>
      `<g><title>${safe(node.name)}</title><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="8" fill="#ffffff" stroke="#0b6e7f"/>` +
      `<text x="${x + 14}" y="${y + 28}" font-size="12" fill="#52636f">${safe(kinds[node.kind] ?? node.kind)}</text>` +
      `<text x="${x + 14}" y="${y + 50}" font-size="13" font-family="monospace" fill="#13202b">${safe(cut(node.name, 24))}</text></g>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${right} ${bottom}" width="${right}" height="${bottom}" font-family="sans-serif"><rect width="100%" height="100%" fill="#f6f8fa"/>${lines.join("")}${boxes.join("")}</svg>\n`;
}
