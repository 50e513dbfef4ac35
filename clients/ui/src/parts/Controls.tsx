// Which buttons, fields and menus are there? React Aria's behaviour with our looks.
import { Check, ChevronDown, Copy, Lock, Search, X } from "lucide-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import * as Aria from "react-aria-components";
import { t } from "../strings";
import type { MenuProps } from "./Menu";
import type { Option, SelectProps } from "./Select";

export type { Option };

// What opens a list is large, and nobody opens one before the page is there: until then it only looks like itself.
const LateSelect = lazy(() => import("./Select"));
const LateMenu = lazy(() => import("./Menu"));

type ButtonProps = Omit<Aria.ButtonProps, "className" | "children"> & {
  kind?: "plain" | "primary" | "quiet" | "danger";
  children: ReactNode;
  label?: string;
  /** Why it may not be used. It stays where it is, and tells. */
  why?: string | undefined;
};

export function Button({ kind = "plain", label, why, children, ...props }: ButtonProps) {
  if (why)
    return (
      <Aria.TooltipTrigger delay={200}>
        <Aria.Focusable>
          {/* One that is disabled could not be reached by keyboard, and nobody would be told. */}
          <button
            type="button"
            className={`button ${kind}`}
            aria-disabled="true"
            aria-description={why}
            {...(label ? { "aria-label": label } : {})}
          >
            {children}
            <Lock size={13} aria-hidden />
          </button>
        </Aria.Focusable>
        <Aria.Tooltip className="tooltip" offset={6}>
          {why}
        </Aria.Tooltip>
      </Aria.TooltipTrigger>
    );
  return (
    <Aria.Button {...props} {...(label ? { "aria-label": label } : {})} className={`button ${kind}`}>
      {children}
    </Aria.Button>
  );
}

/** A button of one sign. The label is said, and shown on hover. */
export function IconButton({ label, children, ...props }: Omit<ButtonProps, "kind"> & { label: string }) {
  return (
    <Aria.TooltipTrigger delay={500}>
      <Aria.Button {...props} aria-label={label} className="icon-button">
        {children}
      </Aria.Button>
      <Aria.Tooltip className="tooltip" offset={6}>
        {label}
      </Aria.Tooltip>
    </Aria.TooltipTrigger>
  );
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [isDone, setDone] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setDone(true);
      setTimeout(() => setDone(false), 1600);
    } catch {
      // Without the right to the clipboard, the text is on screen to be marked.
    }
  };
  return (
    <IconButton label={isDone ? t.action.copied : label} onPress={copy}>
      {isDone ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />}
    </IconButton>
  );
}

export function Select(props: SelectProps) {
  const { label, value, options, isHidden = false } = props;
  return (
    <Suspense
      fallback={
        <div className="field">
          {!isHidden && <span className="react-aria-Label">{label}</span>}
          <span className="button select">
            <span>{options.find((one) => one.id === value)?.label}</span>
            <ChevronDown size={15} aria-hidden />
          </span>
        </div>
      }
    >
      <LateSelect {...props} />
    </Suspense>
  );
}

export function MenuButton(props: MenuProps) {
  return (
    <Suspense
      fallback={
        <span className="button plain">
          {props.icon}
          {props.label}
          <ChevronDown size={15} aria-hidden />
        </span>
      }
    >
      <LateMenu {...props} />
    </Suspense>
  );
}

export function SearchBox({
  label,
  placeholder,
  value,
  onChange,
  inputId,
}: {
  label: string;
  placeholder?: string;
  value: string;
  onChange: (value: string) => void;
  inputId?: string;
}) {
  return (
    <Aria.SearchField className="search" aria-label={label} value={value} onChange={onChange}>
      <Search size={16} aria-hidden />
      <Aria.Input
        {...(inputId ? { id: inputId } : {})}
        placeholder={placeholder ?? label}
        spellCheck={false}
        autoComplete="off"
      />
      <Aria.Button className="clear" aria-label={t.action.clear}>
        <X size={14} aria-hidden />
      </Aria.Button>
    </Aria.SearchField>
  );
}

/** A few ways to see the same thing. */
export function Segments({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: string;
  options: Option[];
  onChange: (value: string) => void;
}) {
  return (
    <Aria.ToggleButtonGroup
      className="segments"
      aria-label={label}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[value]}
      onSelectionChange={(keys) => {
        const [key] = keys;
        if (key !== undefined) onChange(String(key));
      }}
    >
      {options.map((option) => (
        <Aria.ToggleButton key={option.id} id={option.id}>
          {option.label}
        </Aria.ToggleButton>
      ))}
    </Aria.ToggleButtonGroup>
  );
}
