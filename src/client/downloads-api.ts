/** @module The calls a page makes: start, cancel, dismiss. */

import { callPatiently } from "./patient-call.ts";
import { jsonOf, type Problem, problemOf } from "./problem.ts";
import type { PublicDownload } from "./public-download.ts";
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
  | { type: "busy"; download: PublicDownload }
  | { type: "refused"; problem: Problem };

export interface DownloadsApi {
  start(request: StartRequest): Promise<StartOutcome>;
  /** Retries a failed download with the parameters stored on the server. */
  retry(id: string): Promise<StartOutcome>;
  /** Cancels or dismisses. Null when it is gone (or was gone already), otherwise why it is not. */
  remove(id: string): Promise<Problem | null>;
}

/**
 * `base` is where the downloads API is mounted, "/downloads" by default. Retries are safe: they carry the same key, so
 * that a lost answer does not cause a file that is finished by then to be made again.
 */
export function downloadsApi(
  base: string,
  options: { fetch?: typeof fetch; timing?: Timing; onViewer?(viewer: Viewer): void } = {},
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
    if (answer.response.ok && isDownload(body)) return { type: "accepted", download: body };
    const running = (body as { download?: unknown } | null)?.download;
    if (answer.response.status === 409 && isDownload(running)) return { type: "busy", download: running };
    return { type: "refused", problem: problemOf(answer.response, body) };
  };
  return {
    start: (request) =>
      ask("", {
        headers: {
          "content-type": "application/json",
          accept: "application/json",
          "idempotency-key": `"${newKey()}"`,
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
  };
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
