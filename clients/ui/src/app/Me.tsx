// Who am I here, and what may I do? Opened by the name at the edge.
import { useQuery } from "@tanstack/react-query";
import { whoami } from "../api/queries";
import { may, plainGrant } from "../model/rights";
import { Dialog } from "../parts/Dialog";
import { Pill } from "../parts/Pill";
import { t } from "../strings";
import { useMyName } from "./rights";

export default function Me({ close }: { close: () => void }) {
  // Absent where the server lets nobody in who comes like this.
  const { data: me } = useQuery(whoami);
  const name = useMyName() ?? t.rights.nobody;
  return (
    <Dialog title={name} isOpen onClose={close}>
      <p className="muted">{!me ? t.rights.refused : me.name ? t.rights.named : t.rights.unnamed}</p>
      {me && (
        <section className="grants">
          <h3>{t.rights.title}</h3>
          <ul>
            {[...new Set(me.grants)].map((grant) => (
              <li key={grant}>
                <span>{plainGrant(grant)}</span>
                <Pill>
                  <span className="mono">{grant}</span>
                </Pill>
              </li>
            ))}
          </ul>
          {!may(me.grants, "admin", "everything") && <p className="fine">{t.rights.grow}</p>}
        </section>
      )}
    </Dialog>
  );
}
