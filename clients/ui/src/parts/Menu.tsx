// What can be done with it? A button and its menu; others take it from Controls, which loads it late.
import { Check, ChevronDown } from "lucide-react";
import type { ReactNode } from "react";
import * as Aria from "react-aria-components";

export type MenuProps = {
  label: string;
  icon?: ReactNode;
  items: { id: string; label: string; onAction?: () => void }[];
  /** Where several can be on at once: which are, and what to do when others are. */
  chosen?: string[];
  choose?: (ids: string[]) => void;
  isDisabled?: boolean;
};

export default function MenuButton({ label, icon, items, chosen, choose, isDisabled = false }: MenuProps) {
  return (
    <Aria.MenuTrigger>
      <Aria.Button className="button plain" isDisabled={isDisabled}>
        {icon}
        {label}
        <ChevronDown size={15} aria-hidden />
      </Aria.Button>
      <Aria.Popover className="popover" placement="bottom end" offset={4}>
        <Aria.Menu
          className="options"
          {...(chosen
            ? {
                selectionMode: "multiple" as const,
                selectedKeys: chosen,
                onSelectionChange: (keys: Aria.Selection) =>
                  choose?.(items.map((one) => one.id).filter((id) => keys === "all" || keys.has(id))),
              }
            : {})}
        >
          {items.map((item) => (
            <Aria.MenuItem
              key={item.id}
              id={item.id}
              className="option"
              {...(item.onAction ? { onAction: item.onAction } : {})}
            >
              {item.label}
              {chosen && <Check size={15} aria-hidden className="check" />}
            </Aria.MenuItem>
          ))}
        </Aria.Menu>
      </Aria.Popover>
    </Aria.MenuTrigger>
  );
}
