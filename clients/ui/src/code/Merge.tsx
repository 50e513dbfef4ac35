// How do two texts differ? Side by side, line by line, and on a narrow screen one below the other.
import { MergeView, unifiedMergeView } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { useIsDark } from "../app/theme";
import { contracts as td } from "../strings-contracts";
import { language } from "./Code";
import { looks } from "./theme";

type Props = {
  before: string;
  after: string;
  language: "json" | "protobuf";
  labels: [string, string] /** The line of the new text to show. */;
  line: number | undefined;
};

export default function Merge({ before, after, language: name, labels, line }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const shown = useRef<EditorView>(undefined);
  const isDark = useIsDark();
  const [left, right] = labels;
  useEffect(() => {
    if (!place.current) return;
    const parent = place.current;
    const extensions = (label: string) => [
      lineNumbers(),
      language(name),
      looks(isDark),
      EditorView.lineWrapping,
      EditorState.readOnly.of(true),
      EditorView.editable.of(false),
      EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0", "aria-readonly": "true" }),
      EditorState.phrases.of({ "$ unchanged lines": td.compare.unchanged }),
    ];
    const collapseUnchanged = { margin: 3, minSize: 6 };
    if (parent.clientWidth < 640) {
      const view = new EditorView({
        parent,
        state: EditorState.create({
          doc: after,
          extensions: [
            extensions(right),
            unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged, gutter: true }),
          ],
        }),
      });
      shown.current = view;
      return () => view.destroy();
    }
    const view = new MergeView({
      parent,
      a: { doc: before, extensions: extensions(left) },
      b: { doc: after, extensions: extensions(right) },
      collapseUnchanged,
      gutter: true,
      highlightChanges: true,
    });
    shown.current = view.b;
    return () => view.destroy();
  }, [before, after, name, isDark, left, right]);
  useEffect(() => {
    const view = shown.current;
    if (!view || line === undefined || line > view.state.doc.lines) return;
    const at = view.state.doc.line(line).from;
    view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
  }, [line]);
  return <div className="code merge" ref={place} />;
}
