// Which version of which subject? Its name where the registry knows it, else its id.
import { Link } from "@tanstack/react-router";
import type { components } from "../../api/schema";
import { version } from "../../model/format";
import { t } from "../../strings";

export function SchemaLink({ one }: { one: components["schemas"]["SchemaName"] }) {
  return one.subject ? (
    <Link
      to="/subjects/$subject/fields"
      params={{ subject: one.subject }}
      search={{ ...(one.version ? { v: one.version } : {}) }}
      className="mono"
    >
      {one.subject} {version(one.version ?? 0)}
    </Link>
  ) : (
    <span className="mono">{t.subject.id(one.id)}</span>
  );
}
