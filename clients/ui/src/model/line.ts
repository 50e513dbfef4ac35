// Along which points does a line of the graph go?
export type Point = { x: number; y: number };

/** A smooth line through all of them: at each it goes the way of the graph. */
export function through(points: Point[], isDown: boolean): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let before = first;
  const pieces = rest.map((point) => {
    const { x, y } = before;
    before = point;
    return isDown
      ? `C${x} ${(y + point.y) / 2} ${point.x} ${(y + point.y) / 2} ${point.x} ${point.y}`
      : `C${(x + point.x) / 2} ${y} ${(x + point.x) / 2} ${point.y} ${point.x} ${point.y}`;
  });
  return `M${first.x} ${first.y}${pieces.join("")}`;
}
