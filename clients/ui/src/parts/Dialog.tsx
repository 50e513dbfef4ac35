// How is something asked in between? A window over the page, or a drawer at its edge; apart, since few screens begin with one.
import { X } from "lucide-react";
import type { ReactNode } from "react";
import * as Aria from "react-aria-components";
import { t } from "../strings";
import { IconButton } from "./Controls";

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
