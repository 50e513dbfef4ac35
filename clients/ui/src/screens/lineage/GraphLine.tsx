// How does a line get from one box to another? Straight to its neighbour, and past the boxes that stand between to others.
import { BaseEdge, type EdgeProps, type Edge as FlowEdge, getBezierPath } from "@xyflow/react";
import { type Point, through } from "../../model/line";

export type LineData = { way?: Point[] | undefined; isDown: boolean };

export function Line(props: EdgeProps<FlowEdge<LineData>>) {
  const { sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, data } = props;
  const [straight, middleX, middleY] = getBezierPath({
    sourceX,
    sourceY,
    targetX,
    targetY,
    sourcePosition,
    targetPosition,
  });
  const points = data?.way ? [{ x: sourceX, y: sourceY }, ...data.way, { x: targetX, y: targetY }] : undefined;
  const label = points?.[Math.floor(points.length / 2)] ?? { x: middleX, y: middleY };
  return (
    <BaseEdge
      id={props.id}
      path={points ? through(points, data?.isDown ?? false) : straight}
      label={props.label}
      labelX={label.x}
      labelY={label.y}
      labelBgPadding={[6, 2]}
      labelBgBorderRadius={4}
      style={props.style ?? {}}
      interactionWidth={props.interactionWidth ?? 20}
    />
  );
}
