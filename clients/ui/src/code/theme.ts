// How does code look? In the colours of everything else, so that one theme serves light and dark.
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const highlight = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.variableName)], color: "var(--accent)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--ok)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--warn)" },
  { tag: [tags.keyword, tags.operatorKeyword], color: "var(--info)", fontWeight: "550" },
  { tag: tags.typeName, color: "var(--pii)" },
  { tag: tags.comment, color: "var(--muted)", fontStyle: "italic" },
]);

export const looks = (isDark: boolean) => [
  syntaxHighlighting(highlight),
  EditorView.theme(
    {
      "&": { color: "var(--fg)", backgroundColor: "var(--surface)", fontSize: "13px" },
      "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-2px" },
      ".cm-content": { fontFamily: "var(--mono)", padding: "12px 0", caretColor: "var(--accent)" },
      ".cm-line": { padding: "0 12px" },
      ".cm-gutters": {
        backgroundColor: "var(--surface)",
        color: "var(--muted)",
        border: "none",
        fontFamily: "var(--mono)",
      },
      ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--hover)" },
      ".cm-foldPlaceholder": {
        backgroundColor: "var(--sunken)",
        border: "none",
        color: "var(--muted)",
        padding: "0 6px",
      },
      ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": {
        background: "var(--accent-bg)",
      },
      ".cm-panels": { backgroundColor: "var(--sunken)", color: "var(--fg)", borderColor: "var(--border)" },
      ".cm-panel input, .cm-panel button": { font: "inherit" },
      ".cm-searchMatch": { backgroundColor: "var(--warn-bg)" },
      ".cm-cursor": { borderLeftColor: "var(--accent)" },
    },
    { dark: isDark },
  ),
];
