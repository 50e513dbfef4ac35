// How is a schema written? A text with what is said against it in its margin, each fix one key away, and the version before behind it.
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, foldGutter, foldKeymap, indentOnInput } from "@codemirror/language";
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { unifiedMergeView } from "@codemirror/merge";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { useIsDark } from "../app/theme";
import type { Note, SchemaType } from "../model/editor";
import { t } from "../strings";
import { contracts as td } from "../strings-contracts";
import { language } from "./Code";
import { completing } from "./complete";
import { looks } from "./theme";

type Props = {
  text: string;
  onChange: (text: string) => void;
  type: SchemaType;
  /** Types that the references bring. */
  named: string[];
  label: string;
  notes: Note[];
  /** The text that changes are shown against; undefined where none is wanted. */
  before: string | undefined;
  /** A place to bring into view, with a number that changes when it is asked for again. */
  place: { at: number; asked: number } | undefined;
};

export default function Editor({ text, onChange, type, named, label, notes, before, place }: Props) {
  const parent = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const merge = useRef(new Compartment());
  const changed = useRef(onChange);
  changed.current = onChange;
  const latest = useRef(text);
  latest.current = text;
  // What was typed comes back as `text`, perhaps when more has been typed since: it must not be put in again.
  const sent = useRef<string[]>([]);
  const isQuiet = useRef(false);
  const names = useRef(named);
  names.current = named;
  const isDark = useIsDark();
  useEffect(() => {
    if (!parent.current) return;
    const made = new EditorView({
      parent: parent.current,
      state: EditorState.create({
        doc: latest.current,
        extensions: [
          lineNumbers(),
          foldGutter(),
          lintGutter(),
          history(),
          indentOnInput(),
          bracketMatching(),
          search({ top: true }),
          highlightSelectionMatches(),
          // Tab indents, as everywhere one writes code; Escape and then Tab leaves, which the hint below the text says.
          keymap.of([...lintKeymap, ...searchKeymap, ...foldKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab]),
          language(type === "PROTOBUF" ? "protobuf" : "json"),
          completing(type, () => names.current),
          looks(isDark),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
          EditorState.phrases.of({ "$ unchanged lines": td.compare.unchanged }),
          merge.current.of(against(before)),
          EditorView.updateListener.of((update) => {
            if (!update.docChanged || isQuiet.current) return;
            const now = update.state.doc.toString();
            sent.current.push(now);
            changed.current(now);
          }),
        ],
      }),
    });
    view.current = made;
    return () => made.destroy();
  }, [type, isDark, label]);
  useEffect(() => {
    const editor = view.current;
    const back = sent.current.lastIndexOf(text);
    sent.current.splice(0, back + 1);
    if (!editor || back >= 0 || editor.state.doc.toString() === text) return;
    isQuiet.current = true;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
    isQuiet.current = false;
  }, [text]);
  useEffect(() => {
    view.current?.dispatch({ effects: merge.current.reconfigure(against(before)) });
  }, [before]);
  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const length = editor.state.doc.length;
    const shown = notes.filter((note) => note.from <= length).map((note) => diagnostic(note, length));
    editor.dispatch(setDiagnostics(editor.state, shown));
  }, [notes, isDark, type]);
  useEffect(() => {
    const editor = view.current;
    if (!editor || !place) return;
    const at = Math.min(place.at, editor.state.doc.length);
    editor.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
  }, [place]);
  return <div className="code merge writing" ref={parent} />;
}

const against = (before: string | undefined) =>
  before === undefined
    ? []
    : unifiedMergeView({
        original: before,
        mergeControls: false,
        gutter: true,
        collapseUnchanged: { margin: 3, minSize: 6 },
      });

function diagnostic(note: Note, length: number): Diagnostic {
  return {
    from: note.from,
    to: Math.min(note.to, length),
    severity: note.severity,
    message: note.fix ? `${note.message}\n${note.fix}` : note.message,
    ...(note.edits.length
      ? {
          actions: [
            { name: t.editor.applyFix, apply: (editor: EditorView) => editor.dispatch({ changes: note.edits }) },
          ],
        }
      : {}),
  };
}
