// What can be asked, under which key is it kept, and for how long does it hold?
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { ApiError, api, body } from "./client";
import type { components } from "./schema";
import { type Overview, split } from "./subject-name";

export { type Overview, split };

export type Schema = components["schemas"]["Schema"];
export type Violation = components["schemas"]["Violation"];
export type ViolationDetail = components["schemas"]["ViolationDetail"];
export type Policy = components["schemas"]["Policy"];
export type Lineage = components["schemas"]["TopicLineage"];
export type Config = components["schemas"]["Config"];
export type Level = components["schemas"]["Level"];
export type ModeName = Overview["mode"]["mode"];
export type Rule = components["schemas"]["Rule"];

/** How many of a list one request asks for. */
const PAGE = 1000;

/** One subject at a glance: the first one that begins with its whole name. */
export const overview = (subject: string) =>
  queryOptions({
    queryKey: ["overview", subject],
    queryFn: async ({ signal }) => {
      const { context, name } = split(subject);
      const query = { limit: 1, context, prefix: name, deleted: "true" as const };
      const page = await body(api.GET("/govern/v1/subjects", { params: { query }, signal }));
      const found = page.subjects.find((one) => one.subject === subject);
      if (!found) throw new ApiError(404, 40401, `Subject '${subject}' not found.`, undefined);
      return found;
    },
  });

/** All versions of a subject, soft-deleted ones too, the newest first. */
export const versions = (subject: string) =>
  queryOptions({
    queryKey: ["versions", subject],
    queryFn: async ({ signal }) => {
      const { context, name } = split(subject);
      const found: Schema[] = [];
      // Subjects are sorted, and other names that begin so stand behind this one.
      for (let offset = 0; ; offset += PAGE) {
        const query = { subjectPrefix: `:${context}:${name}`, deleted: true, offset, limit: PAGE };
        const page = await body(api.GET("/schemas", { params: { query }, signal }));
        const own = page.filter((one) => one.subject === subject);
        found.push(...own);
        if (page.length < PAGE || page.at(-1)?.subject !== subject) break;
      }
      return found.sort((a, b) => b.version - a.version);
    },
  });

export const version = (subject: string, number: number | "latest") =>
  queryOptions({
    queryKey: ["version", subject, number],
    queryFn: ({ signal }) =>
      body(
        api.GET("/subjects/{subject}/versions/{version}", {
          params: { path: { subject, version: String(number) }, query: { deleted: true, findTags: ["*"] } },
          signal,
        }),
      ),
  });

/** Ids of the versions that refer to a version. */
export const referrers = (subject: string, number: number) =>
  queryOptions({
    queryKey: ["referrers", subject, number],
    queryFn: async ({ signal }) => {
      const params = { path: { subject, version: String(number) } };
      const ids = await body(api.GET("/subjects/{subject}/versions/{version}/referencedby", { params, signal }));
      const { context } = split(subject);
      const each = ids.map((id) =>
        body(
          api.GET("/schemas/ids/{id}/versions", {
            params: { path: { id }, query: { subject: `:${context}:` } },
            signal,
          }),
        ),
      );
      return (await Promise.all(each)).flatMap((users, index) =>
        users.map((user) => ({ ...user, id: ids[index] ?? 0 })),
      );
    },
  });

export const schemaById = (id: number, context: string) =>
  queryOptions({
    queryKey: ["id", id, context],
    queryFn: async ({ signal }) => {
      const params = { path: { id }, query: { subject: `:${context}:`, deleted: true } };
      const [schema, users] = await Promise.all([
        body(api.GET("/schemas/ids/{id}", { params: { path: { id }, query: { subject: `:${context}:` } }, signal })),
        body(api.GET("/schemas/ids/{id}/versions", { params, signal })),
      ]);
      return { schema, users };
    },
  });

export const explanation = (subject: string, from: number, candidate: Schema | undefined, level: Level | undefined) =>
  queryOptions({
    queryKey: ["explain", subject, from, candidate?.version, candidate?.guid, level ?? ""],
    enabled: candidate !== undefined,
    queryFn: ({ signal }) => {
      const { schema = "", schemaType, references, metadata, ruleSet } = candidate ?? {};
      return body(
        api.POST("/govern/v1/explain", {
          body: {
            subject,
            againstVersion: from,
            schema,
            schemaType: (schemaType ?? "AVRO") as "AVRO",
            ...(references ? { references } : {}),
            ...(metadata ? { metadata } : {}),
            ...(ruleSet ? { ruleSet } : {}),
            ...(level ? { compatibility: level } : {}),
          } as components["schemas"]["ExplainRequest"],
          signal,
        }),
      );
    },
  });

/** What a text that is being written would change, for all versions there are. Without a subject, whether it can be read. */
export const verdict = (subject: string, wish: components["schemas"]["RegisterRequest"] | undefined) =>
  queryOptions({
    queryKey: ["verdict", subject, wish],
    enabled: wish !== undefined,
    queryFn: ({ signal }) =>
      body(
        api.POST("/govern/v1/explain", {
          body: { ...wish, ...(subject ? { subject } : { against: [] }) } as components["schemas"]["ExplainRequest"],
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    gcTime: 60_000,
    staleTime: 30_000,
    retry: false,
  });

/** What is set for a scope itself; undefined where nothing is. */
export const ownConfig = (subject: string) =>
  queryOptions({
    queryKey: ["config", subject],
    queryFn: async ({ signal }) => {
      try {
        return await body(api.GET("/config/{subject}", { params: { path: { subject } }, signal }));
      } catch (error) {
        if (error instanceof ApiError && error.code === 40408) return null;
        throw error;
      }
    },
  });

export const globalConfig = queryOptions({
  queryKey: ["config"],
  queryFn: ({ signal }) => body(api.GET("/config", { signal })),
});

export const globalMode = queryOptions({
  queryKey: ["mode"],
  queryFn: ({ signal }) => body(api.GET("/mode", { params: { query: { defaultToGlobal: true } }, signal })),
});

export const contexts = queryOptions({
  queryKey: ["contexts"],
  queryFn: ({ signal }) => body(api.GET("/contexts", { signal })),
  staleTime: 60_000,
});

export const serverVersion = queryOptions({
  queryKey: ["server"],
  queryFn: ({ signal }) => body(api.GET("/v1/metadata/version", { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});

export const health = queryOptions({
  queryKey: ["health"],
  queryFn: async () => {
    // Not ready is an answer, not an error.
    const answer = await fetch("/health/ready");
    return (await answer.json()) as Record<string, string>;
  },
  refetchInterval: 15_000,
});

/** Who asks, and what they may do. The server decides at each request; this only says beforehand what it would. */
export const whoami = queryOptions({
  queryKey: ["whoami"],
  queryFn: ({ signal }) => body(api.GET("/govern/v1/whoami", { signal })),
  staleTime: 60_000,
  retry: false,
});

export const applications = queryOptions({
  queryKey: ["applications"],
  queryFn: ({ signal }) => body(api.GET("/govern/v1/applications", { signal })),
});

export const tokens = queryOptions({
  queryKey: ["tokens"],
  queryFn: ({ signal }) => body(api.GET("/govern/v1/tokens", { signal })),
});

export type ViolationFilter = {
  topic?: string | undefined;
  rule?: string | undefined;
  producer?: string | undefined;
  state?: string | undefined;
  hours?: number | undefined;
};

const VIOLATIONS_PAGE = 200;

export const violations = ({ topic, rule, producer, state, hours }: ViolationFilter) =>
  infiniteQueryOptions({
    queryKey: ["violations", topic ?? "", rule ?? "", producer ?? "", state ?? "", hours ?? 0],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET("/govern/v1/violations", {
          params: {
            query: {
              limit: VIOLATIONS_PAGE,
              offset: pageParam,
              ...(topic ? { topic } : {}),
              ...(rule ? { rule } : {}),
              ...(producer ? { clientId: producer } : {}),
              ...(state ? { state } : {}),
              ...(hours ? { since: Date.now() - hours * 3_600_000 } : {}),
            },
          },
          signal,
        }),
      ),
    getNextPageParam: (last, pages) => (last.next ? pages.length * VIOLATIONS_PAGE : undefined),
    refetchInterval: 15_000,
    placeholderData: keepPreviousData,
  });

/** What is wrong with records of one topic. */
export const violationsOf = (topic: string) =>
  queryOptions({
    queryKey: ["violations", "of", topic],
    queryFn: ({ signal }) =>
      body(api.GET("/govern/v1/violations", { params: { query: { topic, limit: VIOLATIONS_PAGE } }, signal })),
    staleTime: 60_000,
  });

/** The server's own counters. They are those of its own proxy, since it began. */
export const metrics = queryOptions({
  queryKey: ["metrics"],
  queryFn: ({ signal }) => body(api.GET("/metrics", { parseAs: "text", headers: { Accept: "text/plain" }, signal })),
  refetchInterval: 5_000,
  retry: false,
});

export const violation = (id: string) =>
  queryOptions({
    queryKey: ["violation", id],
    queryFn: ({ signal }) =>
      body(api.GET("/govern/v1/violations/{violation}", { params: { path: { violation: id } }, signal })),
  });

export const policies = queryOptions({
  queryKey: ["policies"],
  queryFn: ({ signal }) => body(api.GET("/govern/v1/policies", { params: { query: { limit: 1000 } }, signal })),
});

export const policy = (name: string) =>
  queryOptions({
    queryKey: ["policy", name],
    queryFn: async ({ signal }) => {
      const { data, response } = await api.GET("/govern/v1/policies/{policy}", {
        params: { path: { policy: name } },
        signal,
      });
      return { policy: data as Policy, tag: response.headers.get("etag") ?? "*" };
    },
  });

export const policyHistory = (name: string) =>
  queryOptions({
    queryKey: ["policy", name, "versions"],
    queryFn: ({ signal }) =>
      body(api.GET("/govern/v1/policies/{policy}/versions", { params: { path: { policy: name } }, signal })),
  });

export const policyMatch = (topic: string, producer: string, principal = "") =>
  queryOptions({
    queryKey: ["policies", "match", topic, producer, principal],
    enabled: topic !== "",
    queryFn: ({ signal }) =>
      body(
        api.GET("/govern/v1/policies:match", {
          params: {
            query: { topic, ...(producer ? { clientId: producer } : {}), ...(principal ? { principal } : {}) },
          },
          signal,
        }),
      ),
  });

export const lineage = (topic: string) =>
  queryOptions({
    queryKey: ["lineage", topic],
    enabled: topic !== "",
    queryFn: ({ signal }) =>
      body(api.GET("/govern/v1/lineage/topics/{topic}", { params: { path: { topic } }, signal })),
    refetchInterval: 15_000,
    placeholderData: keepPreviousData,
  });

export const compatibilityRules = queryOptions({
  queryKey: ["compatibility-rules"],
  queryFn: ({ signal }) => body(api.GET("/govern/v1/rules", { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});
