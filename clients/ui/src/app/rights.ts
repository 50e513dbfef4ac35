// Who looks, and may they do this? What is not known yet, or not told by the server, is not forbidden here: the server has the last word.
import { useQuery } from "@tanstack/react-query";
import { ApiError } from "../api/client";
import { whoami } from "../api/queries";
import { lack, type On, type Right } from "../model/rights";
import { t } from "../strings";

/** By which name the server knows whoever looks; nothing while that is not known, or an older server does not tell. */
export function useMyName(): string | undefined {
  const { data, error } = useQuery(whoami);
  const isRefused = error instanceof ApiError && (error.status === 401 || error.status === 403);
  return data || isRefused ? (data?.name ?? t.rights.nobody) : undefined;
}

/** Tells of a right why it is missing, or nothing where it is there. */
export function useLacks(): (right: Right, on: On) => string | undefined {
  const { data } = useQuery(whoami);
  return (right, on) => (data ? lack(data, right, on) : undefined);
}

/** Why the right is missing, or nothing where it is there. */
export function useLack(right: Right, on: On): string | undefined {
  return useLacks()(right, on);
}
