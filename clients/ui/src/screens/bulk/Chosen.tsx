// What can be done with all that was chosen? What may not be changed by whoever looks is left out, and says so.
import { lazy, Suspense, useState } from "react";
import type { Hit } from "../../api/search";
import { useLacks } from "../../app/rights";
import { Button } from "../../parts/Controls";
import { t } from "../../strings";
import type { Job } from "./Bulk";

const Bulk = lazy(() => import("./Bulk"));

export type Choice = {
  chosen: ReadonlyMap<string, Hit>;
  choose: (keys: string[], isOn: boolean) => void;
  all: (hits: Hit[]) => void;
};

export default function Chosen({ choice, total, takeAll }: { choice: Choice; total: number; takeAll: () => void }) {
  const { chosen, choose } = choice;
  const [bulk, setBulk] = useState<{ what: Job; subjects: Hit[]; barred: number }>();
  const lacks = useLacks();
  const barred = (one: Hit) => lacks("write", { subject: one.subject });
  const whole = [...chosen.values()];
  // Some that may be changed are enough: the others are left out.
  const why = whole.every(barred) ? whole.map(barred).find(Boolean) : undefined;
  const begin = (what: Job) => {
    const open = whole.filter((one) => !barred(one));
    setBulk({
      what,
      subjects: open.filter((one) => what === "level" || !one.deleted),
      barred: whole.length - open.length,
    });
  };
  return (
    <>
      <section className="bulk-bar" aria-label={t.bulk.label}>
        <strong>{t.bulk.chosen(chosen.size)}</strong>
        {chosen.size < total && (
          <Button kind="quiet" onPress={takeAll}>
            {t.bulk.takeAll(total)}
          </Button>
        )}
        <Button why={why} onPress={() => begin("level")}>
          {t.bulk.level}
        </Button>
        <Button why={why} onPress={() => begin("owner")}>
          {t.bulk.owner}
        </Button>
        <Button kind="danger" why={why} onPress={() => begin("delete")}>
          {t.bulk.delete}
        </Button>
        <Button kind="quiet" onPress={() => choose([...chosen.keys()], false)}>
          {t.action.clear}
        </Button>
      </section>
      {bulk && (
        <Suspense>
          <Bulk
            what={bulk.what}
            subjects={bulk.subjects}
            barred={bulk.barred}
            close={(done) => {
              setBulk(undefined);
              choose(done, false);
            }}
          />
        </Suspense>
      )}
    </>
  );
}
