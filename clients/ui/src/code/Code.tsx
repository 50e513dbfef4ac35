// How is a text shown, and edited where it may be?
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { bracketMatching, foldGutter, foldKeymap } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { useIsDark } from "../app/theme";
import { protobuf } from "./protobuf";
import { looks } from "./theme";

type Props = { text: string; language: "json" | "protobuf" | "text"; label: string; onChange?: (text: string) => void };

export function language(name: Props["language"]): Extension {
  return name === "json" ? json() : name === "protobuf" ? protobuf : [];
}

export default function Code({ text, language: name, label, onChange }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const changed = useRef(onChange);
  changed.current = onChange;
  const isDark = useIsDark();
  const isEditable = onChange !== undefined;
  useEffect(() => {
    if (!place.current) return;
    const made = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: text,
        extensions: [
          lineNumbers(),
          foldGutter(),
          bracketMatching(),
          search({ top: true }),
          highlightSelectionMatches(),
          keymap.of([...searchKeymap, ...foldKeymap, ...(isEditable ? [...historyKeymap, ...defaultKeymap] : [])]),
          language(name),
          looks(isDark),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({
            "aria-label": label,
            tabindex: "0",
            ...(isEditable ? {} : { "aria-readonly": "true" }),
          }),
          isEditable ? history() : [EditorState.readOnly.of(true), EditorView.editable.of(false)],
          EditorView.updateListener.of((update) => {
            if (update.docChanged) changed.current?.(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = made;
    return () => made.destroy();
  }, [name, isDark, isEditable, label]);
  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== text)
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
  }, [text]);
  return <div className="code" ref={place} />;
}
