// Is this really meant? What is about to become a version, who reads it, and the server's word if it does not let it.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { api, body } from "../../api/client";
import { type Level, lineage, split } from "../../api/queries";
import type { components } from "../../api/schema";
import type { Explanation } from "../../model/compare";
import { version } from "../../model/format";
import { consumersOf } from "../../model/lineage";
import { topicOf } from "../../model/topics";
import { Button } from "../../parts/Controls";
import { Dialog } from "../../parts/Dialog";
import { VerdictPill } from "../../parts/Pill";
import { Failed } from "../../parts/States";
import { t } from "../../strings";

type Props = {
  subject: string;
  wish: components["schemas"]["RegisterRequest"];
  /** The level to set on a new subject; empty to inherit. */
  level: Level | "";
  held: Explanation;
  next: number;
  close: () => void;
  done: () => void;
};

export function Register({ subject, wish, level, held, next, close, done }: Props) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { context, name } = split(subject);
  const topic = context === "." ? topicOf(name) : undefined;
  const seen = useQuery(lineage(topic ?? ""));
  const readers = topic && seen.data ? consumersOf(seen.data).map((one) => one.name) : undefined;
  const registering = useMutation({
    mutationFn: async () => {
      const params = { path: { subject } };
      const made = await body(api.POST("/subjects/{subject}/versions", { params, body: wish }));
      if (level) await body(api.PUT("/config/{subject}", { params, body: { compatibility: level } }));
      return made;
    },
    onSuccess: async () => {
      done();
      await queries.invalidateQueries();
      await navigate({ to: "/subjects/$subject/fields", params: { subject } });
    },
  });
  return (
    <Dialog title={t.editor.confirm(version(next), subject)} isOpen onClose={close}>
      <div className="form">
        <p className="row-actions">
          <VerdictPill verdict="safe">
            {held.comparedWith.length ? t.compare.passes(held.compatibility) : t.editor.readable}
          </VerdictPill>
          {held.comparedWith.length > 0 && <span>{t.compare.whatChanged(held.changes.length)}</span>}
        </p>
        <p className="muted">{t.editor.forGood}</p>
        {readers && <p>{t.editor.readers(readers)}</p>}
        {level && <p>{t.editor.withLevel(level)}</p>}
        {registering.isError && <Failed what={t.editor.registering} error={registering.error} />}
        <div className="row-actions">
          <Button kind="primary" isDisabled={registering.isPending} onPress={() => registering.mutate()}>
            {t.editor.register}
          </Button>
          <Button kind="quiet" onPress={close}>
            {t.action.cancel}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
