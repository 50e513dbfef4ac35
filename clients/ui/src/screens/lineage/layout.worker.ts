// Where does each node stand? Dagre decides, beside the page, so that nothing stutters meanwhile.
import { Graph as Layout, layout } from "@dagrejs/dagre";

export type Asked = {
  turn: number;
  isDown: boolean;
  nodes: { id: string; width: number; height: number }[];
  edges: { from: string; to: string }[];
};
type Point = { x: number; y: number };
/** `ways`: by which points a line goes past the boxes between its ends, of each that has some between them. */
export type Placed = { turn: number; places: Record<string, Point>; ways: Record<string, Point[]> };

/** A line between neighbours has a point at either end and one in the middle. */
const STRAIGHT = 3;

self.onmessage = ({ data }: MessageEvent<Asked>) => {
  const graph = new Layout({ multigraph: false, compound: false });
  graph.setGraph({ rankdir: data.isDown ? "TB" : "LR", nodesep: 22, ranksep: 56, marginx: 8, marginy: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id, width, height } of data.nodes) graph.setNode(id, { width, height });
  for (const { from, to } of data.edges) graph.setEdge(from, to);
  layout(graph);
  const places: Placed["places"] = {};
  for (const { id, width, height } of data.nodes) {
    const found = graph.node(id);
    places[id] = { x: (found.x ?? 0) - width / 2, y: (found.y ?? 0) - height / 2 };
  }
  const ways: Placed["ways"] = {};
  for (const { from, to } of data.edges) {
    const points: Point[] = graph.edge(from, to)?.points ?? [];
    if (points.length > STRAIGHT) ways[`${from} > ${to}`] = points.slice(1, -1);
  }
  self.postMessage({ turn: data.turn, places, ways } satisfies Placed);
};
