// How is a long list shown? Only the rows in view are there; the page itself scrolls, the head stays.
import { ArrowDown, ArrowUp, ChevronsUpDown } from "lucide-react";
import { memo, type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useKeys } from "../app/keys";
import { t } from "../strings";
import { useInView } from "./useInView";

export type Column<Row> = {
  id: string;
  label: string;
  /** A track of a CSS grid, such as `minmax(200px, 3fr)`. */
  width: string;
  cell: (row: Row) => ReactNode;
  isSortable?: boolean;
  isNumber?: boolean;
  /** Left out on narrow screens. */
  isExtra?: boolean;
};

export type Sort = { by: string; down: boolean };

type Props<Row> = {
  label: string;
  rows: Row[];
  /** How many rows there are altogether, where not all are here yet. */
  total?: number;
  /** Called when what is in view comes near the last row. */
  onEnd?: () => void;
  columns: Column<Row>[];
  keyOf: (row: Row) => string;
  sort?: Sort;
  onSort?: (sort: Sort) => void;
  rowHeight?: number;
  /** Where rows can be chosen: which are, and what to do when some are or no longer. */
  selection?: { chosen: { has: (key: string) => boolean }; choose: (keys: string[], isOn: boolean) => void };
};

/** Narrower than this, a row is two lines: a phone has no room for columns. */
const NARROW = 720;
/** What columns need besides, as the styles have it: between two of them, and for the edges and the boxes to choose by. */
const GAP = 12;
const AROUND = 60;
/** As wide is the box to choose by, which not every list has. */
const CHOOSE = 28;
/** So many rows before the last one, more are asked for. */
const AHEAD = 30;

const least = (columns: Pick<Column<never>, "width">[]) =>
  columns.reduce((sum, column) => sum + Number(/\d+/.exec(column.width)?.[0] ?? 0) + GAP, AROUND);

/** Extra columns are left out, the last one first, until the others have room. */
function fitting<Row>(columns: Column<Row>[], width: number): Column<Row>[] {
  let left = columns;
  while (width && least(left) > width) {
    const last = left.findLastIndex((column) => column.isExtra);
    if (last < 0) break;
    left = left.filter((_, index) => index !== last);
  }
  return left;
}

/** Where those that are left have no room either, they share what there is: what they tell is cut, not the page. */
export const tracks = (columns: Pick<Column<never>, "width">[], width: number): string[] =>
  columns.map((column) =>
    width && least(columns) > width ? column.width.replace(/minmax\(\d+px/, "minmax(0px") : column.width,
  );

/** What a row tells. It is not told anew while one scrolls past it. */
const Cells = memo(function Cells({ row, columns }: { row: unknown; columns: Column<unknown>[] }) {
  return columns.map((column) => (
    <div key={column.id} role="cell" data-column={column.id} className={column.isNumber ? "number" : ""}>
      {column.cell(row)}
    </div>
  ));
});

export function Table<Row>(props: Props<Row>) {
  const { label, rows, total = rows.length, onEnd, keyOf, sort, onSort, rowHeight = 40, selection } = props;
  const body = useRef<HTMLDivElement>(null);
  const [offset, setOffset] = useState(0);
  const [width, setWidth] = useState(0);
  const [isNarrow, setNarrow] = useState(() => innerWidth < NARROW);
  const columns = useMemo(
    () => (isNarrow ? props.columns.filter((column) => !column.isExtra) : fitting(props.columns, width)),
    [isNarrow, props.columns, width],
  );
  useLayoutEffect(() => {
    const measure = () => {
      setOffset((body.current?.getBoundingClientRect().top ?? 0) + scrollY);
      setWidth(body.current?.clientWidth ?? 0);
      setNarrow(innerWidth < NARROW);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, []);
  const isCompact = document.documentElement.dataset.density === "compact";
  const height = isNarrow ? 68 : isCompact ? rowHeight - 8 : rowHeight;
  const { from, to } = useInView(rows.length, height, offset);
  const isNearEnd = to > rows.length - AHEAD;
  useEffect(() => {
    if (isNearEnd) onEnd?.();
  }, [isNearEnd, onEnd, rows.length]);

  const move = (step: number) => {
    const links = [...(body.current?.querySelectorAll<HTMLAnchorElement>("[role=row] a:first-of-type") ?? [])];
    const first = links.filter(
      (link, index) => links.findIndex((one) => one.closest("[role=row]") === link.closest("[role=row]")) === index,
    );
    const here = first.findIndex((link) => link.closest("[role=row]")?.contains(document.activeElement));
    first[Math.min(first.length - 1, Math.max(0, here + step))]?.focus();
  };
  useKeys({ j: () => move(1), k: () => move(-1) });

  const isChoosing = selection !== undefined && !isNarrow;
  const style = {
    gridTemplateColumns: [
      ...(isChoosing ? [`${CHOOSE}px`] : []),
      ...tracks(columns, isChoosing ? width : width + CHOOSE),
    ].join(" "),
  };
  const kept = selection?.chosen;
  const keys = useMemo(() => (isChoosing ? rows.map(keyOf) : []), [isChoosing, rows]);
  const chosen = useMemo(() => keys.filter((key) => kept?.has(key)).length, [keys, kept]);
  return (
    <div className="table" role="table" aria-label={label} aria-rowcount={total + 1}>
      <div role="rowgroup" className="table-head">
        <div role="row" className="row" style={style} aria-rowindex={1}>
          {isChoosing && (
            <div role="columnheader" className="choose">
              <input
                type="checkbox"
                aria-label={t.action.chooseAll}
                checked={chosen > 0 && chosen === keys.length}
                ref={(box) => {
                  if (box) box.indeterminate = chosen > 0 && chosen < keys.length;
                }}
                onChange={(event) => selection.choose(keys, event.currentTarget.checked)}
              />
            </div>
          )}
          {columns.map((column) => {
            const isSorted = sort?.by === column.id;
            const Icon = !isSorted ? ChevronsUpDown : sort?.down ? ArrowDown : ArrowUp;
            return (
              <div
                key={column.id}
                role="columnheader"
                className={column.isNumber ? "number" : ""}
                {...(column.isSortable
                  ? { "aria-sort": isSorted ? (sort?.down ? "descending" : "ascending") : "none" }
                  : {})}
              >
                {column.isSortable && onSort ? (
                  <button
                    type="button"
                    title={t.action.sortBy(column.label)}
                    onClick={() => onSort({ by: column.id, down: isSorted ? !sort?.down : Boolean(column.isNumber) })}
                  >
                    {column.label}
                    <Icon size={13} aria-hidden className={isSorted ? "" : "faint"} />
                  </button>
                ) : (
                  column.label
                )}
              </div>
            );
          })}
        </div>
      </div>
      <div role="rowgroup" ref={body} className="table-body" style={{ blockSize: rows.length * height }}>
        {rows.slice(from, to).map((row, place) => {
          const index = from + place;
          return (
            <div
              key={keyOf(row)}
              role="row"
              aria-rowindex={index + 2}
              className="row"
              style={{ ...style, blockSize: height, transform: `translateY(${index * height}px)` }}
            >
              {isChoosing && (
                <div role="cell" className="choose">
                  <input
                    type="checkbox"
                    aria-label={t.action.choose(keyOf(row))}
                    checked={selection.chosen.has(keyOf(row))}
                    onChange={(event) => selection.choose([keyOf(row)], event.currentTarget.checked)}
                  />
                </div>
              )}
              <Cells row={row} columns={columns as Column<unknown>[]} />
            </div>
          );
        })}
      </div>
    </div>
  );
}
