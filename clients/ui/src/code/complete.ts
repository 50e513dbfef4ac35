// How are words offered while one writes?
import {
  autocompletion,
  type CompletionContext,
  type CompletionResult,
  completionKeymap,
} from "@codemirror/autocomplete";
import type { Extension } from "@codemirror/state";
import { keymap } from "@codemirror/view";
import { offer } from "../model/complete";
import type { SchemaType } from "../model/editor";

/** `named` is asked each time, since references come and go. */
export function completing(type: SchemaType, named: () => string[]): Extension {
  const source = (context: CompletionContext): CompletionResult | null => {
    const found = offer(type, context.state.doc.toString(), context.pos, named());
    if (!found) return null;
    return { from: found.from, options: found.words.map((label) => ({ label })), validFor: /^[\w.:$-]*$/ };
  };
  return [autocompletion({ override: [source], icons: false }), keymap.of(completionKeymap)];
}
