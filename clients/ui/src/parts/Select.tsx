// How is one of a few things chosen? Its button and its list; others take it from Controls, which loads it late.
import { Check, ChevronDown } from "lucide-react";
import * as Aria from "react-aria-components";

export type Option = { id: string; label: string; hint?: string };

export type SelectProps = {
  label: string;
  value: string;
  options: Option[];
  onChange: (value: string) => void;
  isHidden?: boolean;
  isDisabled?: boolean;
};

export default function Select({ label, value, options, onChange, isHidden = false, isDisabled = false }: SelectProps) {
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
