// What can be done with it? A button and its menu; others take it from Controls, which loads it late.
import { ChevronDown } from "lucide-react";
import type { ReactNode } from "react";
import * as Aria from "react-aria-components";

export type MenuProps = {
  label: string;
  icon?: ReactNode;
  items: { id: string; label: string; onAction: () => void }[];
};

export default function MenuButton({ label, icon, items }: MenuProps) {
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
