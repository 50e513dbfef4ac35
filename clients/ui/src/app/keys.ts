// Which keys do what? One map, shown by `?`; single letters can be turned off (WCAG 2.1.4).
import { useEffect } from "react";
import { keep, kept } from "./theme";

const KEY = "tidegate.keys";

export const lettersAreOn = () => kept(KEY) !== "off";
export const setLetters = (on: boolean) => keep(KEY, on ? undefined : "off");

/** Whether what is typed goes into a field. */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) ||
      target.closest('[role="dialog"]') !== null)
  );
}

/** Calls what stands for a key, or for two in a row (`g s`). Keys with Ctrl or Meta are written `mod+k`. */
export function useKeys(keys: Record<string, () => void>): void {
  useEffect(() => {
    let before = "";
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onKey = (event: KeyboardEvent) => {
      const isModified = event.ctrlKey || event.metaKey;
      if (event.altKey || event.isComposing || event.defaultPrevented) return;
      const key = isModified ? `mod+${event.key.toLowerCase()}` : event.key;
      if (!isModified && (isTyping(event.target) || !lettersAreOn())) return;
      const action = keys[`${before} ${key}`] ?? keys[key];
      before = "";
      clearTimeout(timer);
      if (action) {
        event.preventDefault();
        action();
      } else if (Object.keys(keys).some((name) => name.startsWith(`${key} `))) {
        before = key;
        timer = setTimeout(() => {
          before = "";
        }, 1200);
      }
    };
    window.addEventListener("keydown", onKey);
    return () => {
      clearTimeout(timer);
      window.removeEventListener("keydown", onKey);
    };
  }, [keys]);
}
