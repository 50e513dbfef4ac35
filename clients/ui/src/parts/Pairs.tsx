// What is known of a thing, as names with their values? What is not known is left out.
import type { ReactNode } from "react";

export function Pairs({ of, isMono = false }: { of: (readonly [string, ReactNode])[]; isMono?: boolean }) {
  return (
    <dl className="pairs">
      {of
        .filter(([, value]) => value)
        .map(([name, value]) => (
          <div key={name}>
            <dt className={isMono ? "mono" : undefined}>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
