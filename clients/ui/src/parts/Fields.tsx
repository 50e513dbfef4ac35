// Which fields of a form are there? React Aria's behaviour with our looks; apart, since lists need none of them.
import { useId } from "react";
import * as Aria from "react-aria-components";
import type { Option } from "./Controls";

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
  /** Not shown to whoever looks over one's shoulder. */
  isSecret?: boolean;
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
  isSecret = false,
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
      {rows ? (
        <Aria.TextArea rows={rows} {...more} />
      ) : (
        <Aria.Input autoComplete="off" type={isSecret ? "password" : "text"} {...more} />
      )}
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
  isLabelHidden = false,
}: {
  label: string;
  /** Where a heading says the same. */
  isLabelHidden?: boolean;
  value: string;
  options: Option[];
  onChange: (value: string) => void;
  isDisabled?: boolean;
}) {
  const name = useId();
  return (
    <div className="field choice" role="radiogroup" aria-label={label}>
      {!isLabelHidden && <span className="react-aria-Label">{label}</span>}
      <div className="choices">
        {options.map((option) => (
          <label key={option.id} className="radio">
            <input
              type="radio"
              name={name}
              checked={option.id === value}
              disabled={isDisabled}
              onChange={() => onChange(option.id)}
            />
            <span className="dot" aria-hidden />
            <span>
              {option.label}
              {option.hint && <small>{option.hint}</small>}
            </span>
          </label>
        ))}
      </div>
    </div>
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
    <label className="switch">
      <input
        type="checkbox"
        role="switch"
        aria-checked={isOn}
        checked={isOn}
        disabled={isDisabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span className="track" aria-hidden />
      <span>
        {label}
        {hint && <small>{hint}</small>}
      </span>
    </label>
  );
}
