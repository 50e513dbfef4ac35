// What does the server make of the rules of a contract, before any record is held against them?
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, body } from "./client";
import type { components } from "./schema";

export type TryRequest = components["schemas"]["TryRequest"];
export type Tried = components["schemas"]["Tried"];

/** The schemas that one refers to, each with all that it refers to itself in it. */
export const definitions = (references: components["schemas"]["Reference"][]) =>
  queryOptions({
    queryKey: ["definitions", references],
    queryFn: ({ signal }) =>
      Promise.all(
        references.map(async ({ subject, version }) => {
          const path = { subject, version: version < 0 ? "latest" : String(version) };
          const query = { format: "resolved" as const };
          const found = await body(
            api.GET("/subjects/{subject}/versions/{version}", { params: { path, query }, signal }),
          );
          return found.schema ?? "";
        }),
      ),
    staleTime: 60_000,
    retry: false,
  });

export const trial = (wish: TryRequest) =>
  queryOptions({
    queryKey: ["trial", wish],
    queryFn: ({ signal }) => body(api.POST("/govern/v1/rules/try", { body: wish, signal })),
    placeholderData: keepPreviousData,
    gcTime: 60_000,
    staleTime: 30_000,
    retry: false,
  });
