// Where else can one go on a phone? What has no room at the lower edge.
import type { ReactNode } from "react";
import { Dialog } from "../parts/Dialog";
import { t } from "../strings";

export default function More({ close, children }: { close: () => void; children: ReactNode }) {
  return (
    <Dialog title={t.nav.more} isOpen onClose={close} kind="drawer">
      <ul className="more">{children}</ul>
    </Dialog>
  );
}
