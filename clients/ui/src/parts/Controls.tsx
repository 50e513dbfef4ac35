// Which buttons, fields and menus are there? React Aria's behaviour with our looks.
import { Check, ChevronDown, Copy, Search, X } from "lucide-react";
import { type ReactNode, useState } from "react";
import * as Aria from "react-aria-components";
import { t } from "../strings";

type ButtonProps = Omit<Aria.ButtonProps, "className" | "children"> & {
  kind?: "plain" | "primary" | "quiet" | "danger";
  children: ReactNode;
  label?: string;
};

export function Button({ kind = "plain", label, children, ...props }: ButtonProps) {
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

type Option = { id: string; label: string; hint?: string };

export function Select({
  label,
  value,
  options,
  onChange,
  isHidden = false,
  isDisabled = false,
}: {
  label: string;
  value: string;
  options: Option[];
  onChange: (value: string) => void;
  isHidden?: boolean;
  isDisabled?: boolean;
}) {
  return (
    <Aria.Select
      className="field"
      value={value}
      onChange={(key) => key !== null && onChange(String(key))}
      aria-label={label}
      isDisabled={isDisabled}
    >
      {!isHidden && <Aria.Label>{label}</Aria.Label>}
      <Aria.Button className="button select">
        <Aria.SelectValue>{({ selectedText }) => selectedText}</Aria.SelectValue>
        <ChevronDown size={15} aria-hidden />
      </Aria.Button>
      <Aria.Popover className="popover" offset={4}>
        <Aria.ListBox className="options" items={options}>
          {(option) => (
            <Aria.ListBoxItem id={option.id} textValue={option.label} className="option">
              <span>
                {option.label}
                {option.hint && <small>{option.hint}</small>}
              </span>
              <Check size={15} aria-hidden className="check" />
            </Aria.ListBoxItem>
          )}
        </Aria.ListBox>
      </Aria.Popover>
    </Aria.Select>
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

type TextProps = {
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: string;
  error?: string | undefined;
  isMono?: boolean;
  rows?: number;
  isDisabled?: boolean;
  placeholder?: string;
};

export function TextField({
  label,
  value,
  onChange,
  hint,
  error,
  isMono = false,
  rows,
  isDisabled = false,
  placeholder,
}: TextProps) {
  const more = { className: isMono ? "mono" : "", spellCheck: false, ...(placeholder ? { placeholder } : {}) };
  return (
    <Aria.TextField
      className="field"
      value={value}
      onChange={onChange}
      isInvalid={Boolean(error)}
      isDisabled={isDisabled}
    >
      <Aria.Label>{label}</Aria.Label>
      {rows ? <Aria.TextArea rows={rows} {...more} /> : <Aria.Input autoComplete="off" {...more} />}
      {hint && !error && (
        <Aria.Text slot="description" className="hint">
          {hint}
        </Aria.Text>
      )}
      <Aria.FieldError className="wrong">{error}</Aria.FieldError>
    </Aria.TextField>
  );
}

export function Choice({
  label,
  value,
  options,
  onChange,
  isDisabled = false,
}: {
  label: string;
  value: string;
  options: Option[];
  onChange: (value: string) => void;
  isDisabled?: boolean;
}) {
  return (
    <Aria.RadioGroup className="field choice" value={value} onChange={onChange} isDisabled={isDisabled}>
      <Aria.Label>{label}</Aria.Label>
      <div className="choices">
        {options.map((option) => (
          <Aria.Radio key={option.id} value={option.id} className="radio">
            <span className="dot" aria-hidden />
            <span>
              {option.label}
              {option.hint && <small>{option.hint}</small>}
            </span>
          </Aria.Radio>
        ))}
      </div>
    </Aria.RadioGroup>
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

export function Switch({
  label,
  isOn,
  onChange,
  hint,
  isDisabled = false,
}: {
  label: string;
  isOn: boolean;
  onChange: (isOn: boolean) => void;
  hint?: string;
  isDisabled?: boolean;
}) {
  return (
    <Aria.Switch className="switch" isSelected={isOn} onChange={onChange} isDisabled={isDisabled}>
      <span className="track" aria-hidden />
      <span>
        {label}
        {hint && <small>{hint}</small>}
      </span>
    </Aria.Switch>
  );
}

export function MenuButton({
  label,
  icon,
  items,
}: {
  label: string;
  icon?: ReactNode;
  items: { id: string; label: string; onAction: () => void }[];
}) {
  return (
    <Aria.MenuTrigger>
      <Aria.Button className="button plain">
        {icon}
        {label}
        <ChevronDown size={15} aria-hidden />
      </Aria.Button>
      <Aria.Popover className="popover" placement="bottom end" offset={4}>
        <Aria.Menu className="options">
          {items.map((item) => (
            <Aria.MenuItem key={item.id} className="option" onAction={item.onAction}>
              {item.label}
            </Aria.MenuItem>
          ))}
        </Aria.Menu>
      </Aria.Popover>
    </Aria.MenuTrigger>
  );
}

export function Dialog({
  title,
  isOpen,
  onClose,
  children,
  kind = "dialog",
}: {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
  kind?: "dialog" | "drawer";
}) {
  return (
    <Aria.ModalOverlay className="overlay" isOpen={isOpen} onOpenChange={(open) => !open && onClose()} isDismissable>
      <Aria.Modal className={kind}>
        <Aria.Dialog className="dialog-body">
          <div className="dialog-head">
            <Aria.Heading slot="title">{title}</Aria.Heading>
            <IconButton label={t.action.close} onPress={onClose}>
              <X size={16} aria-hidden />
            </IconButton>
          </div>
          {children}
        </Aria.Dialog>
      </Aria.Modal>
    </Aria.ModalOverlay>
  );
}
