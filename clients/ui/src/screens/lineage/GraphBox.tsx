// What is one node of the graph? Its kind by sign and edge, its name, and how much more there is around it.
import { type Node as FlowNode, Handle, type NodeProps, Position } from "@xyflow/react";
import { Box as BoxIcon, Radio, Table2, UserRound, Users } from "lucide-react";
import type { Mark, View } from "../../model/graph";
import { lineage as tl } from "../../strings-lineage";

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
const ICONS = { topic: Radio, table: Table2, job: BoxIcon, application: UserRound, group: Users };
export const SIGNS: Record<Mark, string> = { came: "+", went: "−", changed: "~" };

export function Box({ data }: NodeProps<FlowNode<BoxData>>) {
  const { node, isMiddle, isChosen, isOpen, isDown } = data;
  const Icon = ICONS[node.kind];
  return (
    <div
      className="graph-box"
      data-kind={node.kind}
      data-middle={isMiddle}
      data-chosen={isChosen}
      data-mark={node.mark}
    >
      <Handle type="target" position={isDown ? Position.Top : Position.Left} isConnectable={false} />
      <p className="fine box-kind">
        <Icon size={13} aria-hidden />
        {tl.kinds[node.kind]}
        {node.members.length > 1 && <span> · {tl.members(node.members.length)}</span>}
        {node.mark && (
          <span className="box-mark">
            <span aria-hidden>{SIGNS[node.mark]}</span> {tl.marks[node.mark]}
          </span>
        )}
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
          aria-label={isOpen ? tl.closeNode(node.name) : tl.openNode(node.name, node.hidden)}
        >
          {isOpen ? "−" : tl.more(node.hidden)}
        </button>
      )}
      <Handle type="source" position={isDown ? Position.Bottom : Position.Right} isConnectable={false} />
    </div>
  );
}
