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
  isHeld = false,
}: {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
  /** `drawer` comes from below, `edge` stands at the side. */
  kind?: "dialog" | "drawer" | "edge";
  /** Whether it stays until one of its own buttons ends it: what it shows would be lost. */
  isHeld?: boolean;
}) {
  return (
    <Aria.ModalOverlay
      className="overlay"
      isOpen={isOpen}
      onOpenChange={(open) => !open && onClose()}
      isDismissable={!isHeld}
      isKeyboardDismissDisabled={isHeld}
    >
      <Aria.Modal className={kind}>
        <Aria.Dialog className="dialog-body">
          <div className="dialog-head">
            <Aria.Heading slot="title">{title}</Aria.Heading>
            {!isHeld && (
              <IconButton label={t.action.close} onPress={onClose}>
                <X size={16} aria-hidden />
              </IconButton>
            )}
          </div>
          {children}
        </Aria.Dialog>
      </Aria.Modal>
    </Aria.ModalOverlay>
  );
}
