// How is the server asked? By one typed client, made from openapi.yaml; what is no success is thrown as an ApiError.
import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./schema";

/** The server's own word on why not. `status` is 0 where no answer came at all. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
    readonly requestId: string | undefined,
  ) {
    super(message);
  }
}

const failing: Middleware = {
  async onResponse({ response }) {
    if (response.ok || response.status === 304) return undefined;
    const requestId = response.headers.get("x-request-id") ?? undefined;
    let body: Partial<components["schemas"]["Error"]> = {};
    try {
      body = await response.clone().json();
    } catch {
      // Something between us and the server answered; its status is all there is.
    }
    throw new ApiError(
      response.status,
      body.error_code ?? response.status,
      body.message ?? response.statusText,
      requestId,
    );
  },
  onError({ error }) {
    return new ApiError(0, 0, error instanceof Error ? error.message : String(error), undefined);
  },
};

export const api = createClient<paths>({ baseUrl: window.location.origin, headers: { Accept: "application/json" } });
api.use(failing);

/** The body of an answer; `failing` has thrown where there is none. */
export async function body<T>(answer: Promise<{ data?: T; response: Response }>): Promise<T> {
  return (await answer).data as T;
}

/** The JSON of an answer in one of the Confluent media types, which all mean JSON. */
export const jsonType = { headers: { "Content-Type": "application/json" } } as const;
