// What is one node of the graph? Its kind by sign and edge, its name, and how much more there is around it.
import { type Node as FlowNode, Handle, type NodeProps, Position } from "@xyflow/react";
import { Box as BoxIcon, Database, Radio, Table2, UserRound } from "lucide-react";
import type { View } from "../../model/graph";
import { t } from "../../strings";

export const WIDTH = 208;
export const HEIGHT = 72;

export type BoxData = {
  node: View["nodes"][number];
  isMiddle: boolean;
  isChosen: boolean;
  isOpen: boolean;
  isDown: boolean;
  toggle: () => void;
  choose: () => void;
};
export const ICONS = { topic: Radio, dataset: Table2, job: BoxIcon, client: UserRound, other: Database };

export function Box({ data }: NodeProps<FlowNode<BoxData>>) {
  const { node, isMiddle, isChosen, isOpen, isDown } = data;
  const Icon = ICONS[node.kind];
  return (
    <div className="graph-box" data-kind={node.kind} data-middle={isMiddle} data-chosen={isChosen}>
      <Handle type="target" position={isDown ? Position.Top : Position.Left} isConnectable={false} />
      <p className="fine box-kind">
        <Icon size={13} aria-hidden />
        {t.lineage.kinds[node.kind]}
        {node.state && <span> · {t.lineage.runs[node.state] ?? node.state}</span>}
      </p>
      <button type="button" className="as-link mono nodrag nopan" onClick={data.choose} aria-pressed={isChosen}>
        {node.name}
      </button>
      {(node.hidden > 0 || isOpen) && (
        <button
          type="button"
          className="graph-more nodrag nopan"
          onClick={data.toggle}
          aria-expanded={isOpen}
          aria-label={isOpen ? t.lineage.closeNode(node.name) : t.lineage.openNode(node.name, node.hidden)}
        >
          {isOpen ? "−" : t.lineage.more(node.hidden)}
        </button>
      )}
      <Handle type="source" position={isDown ? Position.Bottom : Position.Right} isConnectable={false} />
    </div>
  );
}
