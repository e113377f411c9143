/** @module The calls of `/downloads`. */

import { callPatiently } from "./patient-call.ts";
import { jsonOf, type Problem, problemOf } from "./problem.ts";
import { linkedFrom, type PublicDownload } from "./public-download.ts";
import { browserTiming, type Timing } from "./timing.ts";
import { type Viewer, viewerOf } from "./viewer.ts";

export interface StartRequest {
  kind: string;
  params?: unknown;
  slot: string;
}

export type StartOutcome =
  | { type: "accepted"; download: PublicDownload }
  /** Another download of this slot is running. */
  | { type: "busy"; download: PublicDownload; problem: Problem }
  | { type: "refused"; problem: Problem };

export interface ListPage {
  downloads: PublicDownload[];
  /** What to give as `after` for the next page; null on the last one. */
  next: string | null;
}

export type Answered<Value> = { value: Value; viewer: Viewer } | { problem: Problem };

export interface DownloadsApi {
  /** `key`: the same for every repeat of one request. Default: a new one for each call. */
  start(request: StartRequest, key?: string): Promise<StartOutcome>;
  /** Retries a failed download with the parameters stored on the server. */
  retry(id: string): Promise<StartOutcome>;
  /** Cancels or dismisses. Null when it is gone (or was gone already), otherwise why it is not. */
  remove(id: string): Promise<Problem | null>;
  /** What an answer holds, according to `take`; undefined there for an answer that it does not expect. */
  read<Value>(
    path: string,
    take: (response: Response, body: unknown) => Value | undefined,
  ): Promise<Answered<Value>>;
  /** Unfinished ones, then finished ones, each with the newest request first; 100 unless limited. */
  list(page?: { limit?: number; after?: string }): Promise<Answered<ListPage>>;
}

/**
 * `base` is where the downloads API is mounted, "/downloads" by default. Retries are safe: they carry the same key, so
 * that a lost answer does not cause a file that is finished by then to be made again.
 */
export function downloadsApi(
  base: string,
  options: { fetch?: typeof fetch | undefined; timing?: Timing; onViewer?(viewer: Viewer): void } = {},
): DownloadsApi {
  const timing = options.timing ?? browserTiming;
  const call = (path: string, init: RequestInit) =>
    callPatiently(options.fetch ?? fetch, timing, `${base}${path}`, init);
  const ask = async (path: string, init: RequestInit): Promise<StartOutcome> => {
    const answer = await call(path, { ...init, method: "POST" });
    if ("problem" in answer) return { type: "refused", problem: answer.problem };
    const viewer = viewerOf(answer.response);
    if (viewer.tag !== null) options.onViewer?.(viewer);
    const body = await jsonOf(answer.response);
    if (answer.response.ok && isDownload(body)) {
      return { type: "accepted", download: linkedFrom(base, body) };
    }
    const problem = problemOf(answer.response, body);
    const running = (body as { download?: unknown } | null)?.download;
    if (answer.response.status === 409 && isDownload(running)) {
      return { type: "busy", download: linkedFrom(base, running), problem };
    }
    return { type: "refused", problem };
  };
  const read = async <Value>(
    path: string,
    take: (response: Response, body: unknown) => Value | undefined,
  ): Promise<Answered<Value>> => {
    const answer = await call(path, { headers: { accept: "application/json" }, cache: "no-cache" });
    if ("problem" in answer) return answer;
    const { response } = answer;
    const body = await jsonOf(response);
    const value = take(response, body);
    return value === undefined
      ? { problem: problemOf(response, body) }
      : { value, viewer: viewerOf(response) };
  };
  return {
    start: (request, key = newKey()) =>
      ask("", {
        headers: {
          "content-type": "application/json",
          accept: "application/json",
          "idempotency-key": `"${key.replace(/["\\]/g, "\\$&")}"`,
        },
        body: JSON.stringify(request),
      }),
    retry: (id) => ask(`/${encodeURIComponent(id)}/retry`, { headers: { accept: "application/json" } }),
    async remove(id) {
      const answer = await call(`/${encodeURIComponent(id)}`, { method: "DELETE" });
      if ("problem" in answer) return answer.problem;
      if (answer.response.ok || answer.response.status === 404) return null;
      return problemOf(answer.response, await jsonOf(answer.response));
    },
    read,
    list: ({ limit, after } = {}) => {
      const query = new URLSearchParams();
      if (limit !== undefined) query.set("limit", String(limit));
      if (after !== undefined) query.set("after", after);
      return read(query.size > 0 ? `?${query}` : "", (response, body) => {
        const page = pageIn(response, body);
        return page ? { ...page, downloads: page.downloads.map((one) => linkedFrom(base, one)) } : undefined;
      });
    },
  };
}

/** Null if this user has none with this id. `base` is that of the API. */
export function getDownload(
  api: Pick<DownloadsApi, "read">,
  base: string,
  id: string,
): Promise<Answered<PublicDownload | null>> {
  return api.read(`/${encodeURIComponent(id)}`, ({ ok, status }, body) =>
    ok && isDownload(body) ? linkedFrom(base, body) : status === 404 ? null : undefined,
  );
}

/** The page of the list in an answer with this body; null if it is something else. */
export function pageIn(response: Response, body: unknown): ListPage | null {
  const downloads = (body as { downloads?: unknown } | null)?.downloads;
  if (!response.ok || !Array.isArray(downloads)) return null;
  return { downloads: downloads as PublicDownload[], next: nextOf(response) };
}

/** `after` of the next page, from the list's `Link` (RFC 8288). */
function nextOf({ headers }: Response): string | null {
  const [, target] = /<([^>]*)>\s*;\s*rel="?next"?/.exec(headers.get("link") ?? "") ?? [];
  return target === undefined ? null : new URLSearchParams(target.split("?")[1]).get("after");
}

/** Not `crypto.randomUUID`, which pages without TLS do not have. */
function newKey(): string {
  const words = crypto.getRandomValues(new Uint32Array(4));
  return Array.from(words, (word) => word.toString(36)).join("-");
}

function isDownload(value: unknown): value is PublicDownload {
  const download = value as Partial<PublicDownload> | null;
  return typeof download?.id === "string" && typeof download.state === "string";
}
