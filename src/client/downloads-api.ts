/** @module The calls a page makes: start, cancel, dismiss. Retries while the cluster is losing a node. */

import type { PublicDownload } from "./public-download.ts";
import { backoff, browserTiming, pause, type Timing } from "./timing.ts";
import { isSignInPage, type Viewer, viewerOf } from "./viewer.ts";

export interface StartRequest {
  kind: string;
  params?: unknown;
  slot: string;
}

/** Why a call failed, for users and for programs. */
export interface Problem {
  /** The server's code, or "unreachable". */
  code: string;
  message: string;
  /** True if the same call may succeed later. */
  retriable: boolean;
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

const ATTEMPTS = 6;
const ATTEMPT_MS = 10_000;
const LONGEST_RETRY_AFTER_MS = 10_000;

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

type Answer = { response: Response } | { problem: Problem };

/** Retries after a lost connection and after answers that ask for it, for about half a minute. */
async function callPatiently(
  send: typeof fetch,
  timing: Timing,
  url: string,
  init: RequestInit,
): Promise<Answer> {
  for (let attempt = 0; ; attempt += 1) {
    const response = await send(url, {
      ...init,
      // Cookies also for an API on another origin, which then has to trust the page's.
      credentials: "include",
      redirect: "manual",
      signal: AbortSignal.timeout(ATTEMPT_MS),
    }).catch(() => null);
    const wantsRepeat = response === null || [429, 502, 503, 504].includes(response.status);
    if (response && (response.status === 401 || isSignInPage(response))) return { problem: SIGNED_OUT };
    if (response && (!wantsRepeat || attempt + 1 >= ATTEMPTS)) return { response };
    if (attempt + 1 >= ATTEMPTS) return { problem: UNREACHABLE };
    const asked = Number(response?.headers.get("retry-after") ?? 0) * 1_000 || 0;
    const ms = Math.max(Math.min(asked, LONGEST_RETRY_AFTER_MS), backoff(timing, attempt, 500, 8_000));
    await response?.body?.cancel();
    await pause(timing, ms, new AbortController().signal);
  }
}

const UNREACHABLE: Problem = {
  code: "unreachable",
  message: "The server could not be reached.",
  retriable: true,
};

export const SIGNED_OUT: Problem = {
  code: "signed-out",
  message: "Your session has ended. Sign in again, or reload the page.",
  retriable: true,
};

export const NO_COOKIES: Problem = {
  code: "no-cookies",
  message:
    "The browser blocks cookies for this page, so it could not receive a file. Allow cookies, or open the page in its own window.",
  retriable: true,
};

async function jsonOf(response: Response): Promise<unknown> {
  return response.json().catch(() => null);
}

function isDownload(value: unknown): value is PublicDownload {
  const download = value as Partial<PublicDownload> | null;
  return typeof download?.id === "string" && typeof download.state === "string";
}

/** Reads application/problem+json; the last segment of its type URI is the code. */
function problemOf(response: Response, body: unknown): Problem {
  const problem = (body ?? {}) as { type?: unknown; title?: unknown; detail?: unknown; code?: unknown };
  const type = typeof problem.type === "string" ? problem.type.split(/[/#:]/).pop() : undefined;
  const code = typeof problem.code === "string" ? problem.code : type;
  const message = [problem.detail, problem.title].find((text) => typeof text === "string");
  return {
    code: code || `http-${response.status}`,
    message: message ?? `The server answered ${response.status}.`,
    retriable: response.status >= 500 || response.status === 429,
  };
}
