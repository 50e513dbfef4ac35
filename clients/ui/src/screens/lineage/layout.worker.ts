// Where does each node stand? Dagre decides, beside the page, so that nothing stutters meanwhile.
import { Graph as Layout, layout } from "@dagrejs/dagre";

export type Asked = {
  turn: number;
  isDown: boolean;
  nodes: { id: string; width: number; height: number }[];
  edges: { from: string; to: string }[];
};
export type Placed = { turn: number; places: Record<string, { x: number; y: number }> };

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
  self.postMessage({ turn: data.turn, places } satisfies Placed);
};
