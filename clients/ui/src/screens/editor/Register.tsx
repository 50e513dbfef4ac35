// Is this really meant? What is about to become a version, who reads it, and the server's word if it does not let it.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import { api, body } from "../../api/client";
import { type Level, lineage, type Schema, split } from "../../api/queries";
import type { components } from "../../api/schema";
import type { Explanation } from "../../model/compare";
import { changesOf, warningsOf } from "../../model/contract";
import { version } from "../../model/format";
import { consumersOf } from "../../model/lineage";
import { topicOf } from "../../model/topics";
import { Button } from "../../parts/Controls";
import { Dialog } from "../../parts/Dialog";
import { VerdictPill } from "../../parts/Pill";
import { Failed } from "../../parts/States";
import { t } from "../../strings";
import { contracts as td } from "../../strings-contracts";
import { contract as tc, editor as te } from "../../strings-editor";
import { ContractChanges } from "./ContractChanges";

type Props = {
  subject: string;
  wish: components["schemas"]["RegisterRequest"];
  latest: Schema | undefined;
  /** The level to set on a new subject; empty to inherit. */
  level: Level | "";
  held: Explanation;
  next: number;
  close: () => void;
  done: () => void;
};

export function Register({ subject, wish, latest, level, held, next, close, done }: Props) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { context, name } = split(subject);
  const topic = context === "." ? topicOf(name) : undefined;
  const seen = useQuery(lineage(topic ?? ""));
  const readers = topic && seen.data ? consumersOf(seen.data).map((one) => one.name) : undefined;
  // What is not sent stays as the latest version has it.
  const contract = changesOf(latest, {
    metadata: wish.metadata ?? latest?.metadata,
    ruleSet: wish.ruleSet ?? latest?.ruleSet,
  });
  const registering = useMutation({
    mutationFn: async () => {
      const params = { path: { subject } };
      const { response } = await api.POST("/subjects/{subject}/versions", { params, body: wish });
      if (level) await body(api.PUT("/config/{subject}", { params, body: { compatibility: level } }));
      return warningsOf(response.headers.get("x-tidegate-warning"));
    },
    onSuccess: async (warnings) => {
      done();
      if (!warnings.length) await leave();
    },
  });
  const leave = async () => {
    await queries.invalidateQueries();
    await navigate({ to: "/subjects/$subject/fields", params: { subject } });
  };
  if (registering.data?.length)
    return (
      <Dialog title={tc.registered(version(next), subject)} isOpen isHeld onClose={close}>
        <p>{tc.warned(registering.data.length)}</p>
        <ul className="warnings">
          {registering.data.map((one) => (
            <li key={one} className="rule-note">
              <TriangleAlert size={15} aria-hidden />
              <span>{one}</span>
            </li>
          ))}
        </ul>
        <div className="row-actions end">
          <Button
            onPress={async () => {
              close();
              await queries.invalidateQueries();
            }}
          >
            {tc.amend}
          </Button>
          <Button kind="primary" onPress={() => void leave()}>
            {tc.goOn}
          </Button>
        </div>
      </Dialog>
    );
  return (
    <Dialog title={te.confirm(version(next), subject)} isOpen onClose={close}>
      <div className="form">
        <p className="row-actions">
          <VerdictPill verdict="safe">
            {held.comparedWith.length ? td.compare.passes(held.compatibility) : te.readable}
          </VerdictPill>
          {held.comparedWith.length > 0 && (
            <span>
              {held.changes.length || !contract.length ? td.compare.whatChanged(held.changes.length) : tc.onlyContract}
            </span>
          )}
        </p>
        {contract.length > 0 && <ContractChanges changes={contract} />}
        <p className="muted">{te.forGood}</p>
        {readers && <p>{te.readers(readers)}</p>}
        {level && <p>{te.withLevel(level)}</p>}
        {registering.isError && <Failed what={te.registering} error={registering.error} />}
        <div className="row-actions">
          <Button kind="primary" isDisabled={registering.isPending} onPress={() => registering.mutate()}>
            {te.register}
          </Button>
          <Button kind="quiet" onPress={close}>
            {t.action.cancel}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
