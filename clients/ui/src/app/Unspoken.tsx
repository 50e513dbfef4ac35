// Of how many violations has nobody said anything yet? A number beside the way to them.
import { useQuery } from "@tanstack/react-query";
import { api, body } from "../api/client";
import { whoami } from "../api/queries";
import { may } from "../model/rights";
import { t } from "../strings";

/** More than so many are told as that many and more. */
const MOST = 99;
const EVERY = 60_000;
const DAY = 86_400_000;

export default function Unspoken() {
  const { data: me } = useQuery(whoami);
  const found = useQuery({
    queryKey: ["violations", "unspoken"],
    queryFn: ({ signal }) => {
      const query = { state: "new", since: Date.now() - DAY, limit: MOST + 1 } as const;
      return body(api.GET("/govern/v1/violations", { params: { query }, signal }));
    },
    // Whoever may not see them is not told of it by a failure on every screen.
    enabled: me !== undefined && may(me.grants, "read", "everything"),
    refetchInterval: EVERY,
    staleTime: EVERY / 2,
    retry: false,
  });
  const count = found.data?.violations.length ?? 0;
  if (!count) return null;
  return (
    <span className="badge" title={t.violations.unspoken(count, count > MOST)}>
      <span aria-hidden>{count > MOST ? `${MOST}+` : count}</span>
    </span>
  );
}
