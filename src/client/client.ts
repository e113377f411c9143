/** @module One user's downloads for an application's own interface: calls, and a state that stays up to date. */

import { CarryoutClientError } from "./client-error.ts";
import { DownloadStore } from "./download-store.ts";
import {
  type Answered,
  downloadsApi,
  getDownload,
  type ListPage,
  type StartOutcome,
} from "./downloads-api.ts";
import type { DownloadsState } from "./downloads-state.ts";
import { fetchExports, type PublicExport } from "./exports-api.ts";
import type { KindOf, ParamsAndMore, ParamsOf } from "./kinds.ts";
import { PageDownloads, pageDownloads, pageSession } from "./page-downloads.ts";
import type { Problem } from "./problem.ts";
import type { PublicDownload } from "./public-download.ts";
import { ownBase } from "./script-base.ts";

export interface ClientOptions {
  /**
   * Where the API is: a path, or a URL of another origin that trusts this one. Default: "/downloads", below the path that
   * a script at `…/carryout/client.js` was loaded from.
   */
  src?: string | undefined;
  /** What the server knew when it rendered the page, as `GET /downloads` tells it: shown until the event stream has begun. */
  initial?: { downloads: readonly PublicDownload[] } | null | undefined;
  /** Tabs whose texts differ share no event stream. Default: the text of `<meta name="carryout-session">`. */
  session?: string | undefined;
  /** In place of the global one. A client with its own shares its state with no other client or element. */
  fetch?: typeof fetch | undefined;
  /** Whether `subscribe` opens the event stream. Default: only where there is a document. */
  live?: boolean | undefined;
}

export interface StartOptions {
  /** A user has at most one running download in each slot. Default "default". */
  slot?: string | undefined;
  /**
   * The same for every repeat of one request: a repeat gets the first one's download, even a finished one. Default: a new
   * one for each call, which covers the repeats that the client makes by itself when connections break.
   */
  idempotencyKey?: string | undefined;
}

/** Calls are repeated for about half a minute while nodes do not answer. They reject with `CarryoutClientError`. */
export interface CarryoutClient<Source = unknown> {
  readonly src: string;
  /**
   * Asks for a file; resolves with its download once the server has accepted. Joins an equal running one.
   * `download-in-progress`: another one runs in the slot, the error's `download`.
   */
  start<Kind extends KindOf<Source>>(
    kind: Kind,
    ...paramsAndOptions: ParamsAndMore<Source, Kind, StartOptions>
  ): Promise<PublicDownload>;
  /** Has the server repeat a failed request; resolves with the new download. */
  retry(id: string): Promise<PublicDownload>;
  /** Cancels or dismisses. It disappears from the state at once, and comes back if that fails. */
  remove(id: string): Promise<void>;
  /** Null if this user has none with this id. */
  get(id: string): Promise<PublicDownload | null>;
  /** Unfinished ones, then finished ones, each with the newest request first; 100, or up to `limit` (at most 500). */
  list(page?: { limit?: number; after?: string }): Promise<ListPage>;
  /** What can be exported with which columns and parameters. */
  exports(): Promise<readonly PublicExport[]>;

  /** Calls back after every change of the state. There is one event stream from the first subscription to the last. */
  subscribe(listener: () => void): () => void;
  /** The same object while nothing changes. */
  getSnapshot(): DownloadsState;
  /** The state of `initial` alone, always the same object: what the server rendered. */
  getServerSnapshot(): DownloadsState;
  /** Brings the next older finished downloads into the state. */
  more(): Promise<void>;
  /** The user followed the link of a file. */
  markFetched(id: string): void;
  /** Takes a problem out of the state of this slot ("default"). */
  dismissProblem(slot?: string): void;
  /** Whether a download was asked for with this kind and these parameters; null unless this browser asked for it. */
  isAnswerTo<Kind extends KindOf<Source>>(
    id: string,
    kind: Kind,
    params?: ParamsOf<Source, Kind>,
  ): boolean | null;
}

/**
 * A client for one API. In a page, clients of the same `src` and `session` share state and stream with each other and
 * with the elements, however many there are. `Source`, the type of the generators' module, has kinds and parameters checked:
 * `createClient<typeof import("./generators.ts")>()`.
 */
export function createClient<Source = unknown>(options: ClientOptions = {}): CarryoutClient<Source> {
  const { initial } = options;
  const src = (options.src ?? `${ownBase()}/downloads`).replace(/\/+$/, "");
  const page = pageFor(src, options);
  const { store, api } = page;
  if (initial) store.seed(initial.downloads);
  let rendered: DownloadsState | null = null;

  return {
    src,
    start: async (kind, ...more) => {
      const [params, { slot = "default", idempotencyKey } = {}] = more as [unknown?, StartOptions?];
      const request = { kind, slot, ...(params !== undefined && { params }) };
      return accepted(await store.start(request, idempotencyKey));
    },
    retry: async (id) => accepted(await store.retry(id)),
    remove: async (id) => orThrow(await store.remove(id)),
    get: async (id) => valueIn(await getDownload(api, src, id)),
    list: async (wanted) => valueIn(await api.list(wanted)),
    exports: async () => {
      const answer = await fetchExports(src, { fetch: options.fetch });
      if ("problem" in answer) throw new CarryoutClientError(answer.problem);
      return answer.exports;
    },
    subscribe: (listener) => {
      const unsubscribe = store.subscribe(listener);
      const leave = page.use();
      return () => {
        unsubscribe();
        leave();
      };
    },
    getSnapshot: () => store.state,
    getServerSnapshot: () => {
      rendered ??= initialState(src, initial?.downloads ?? null);
      return rendered;
    },
    more: async () => orThrow(await store.more()),
    markFetched: (id) => store.markFetched(id),
    dismissProblem: (slot = "default") => store.dismissProblem(slot),
    isAnswerTo: (id, kind, params) => store.isAnswerTo(id, { kind, params }),
  };
}

function pageFor(
  base: string,
  { fetch, session = pageSession(), live = typeof document !== "undefined" }: ClientOptions,
): PageDownloads {
  // Without a document it may be a server: its users must not share anything.
  const isShared = live && fetch === undefined && typeof document !== "undefined";
  return isShared ? pageDownloads(base, session) : new PageDownloads({ base, session, fetch, live });
}

/** Without what only this browser knows, so that a server renders the same. */
function initialState(src: string, downloads: readonly PublicDownload[] | null): DownloadsState {
  const store = new DownloadStore(downloadsApi(src), undefined, undefined, src);
  if (downloads) store.seed(downloads);
  return store.state;
}

function accepted(outcome: StartOutcome): PublicDownload {
  if (outcome.type === "accepted") return outcome.download;
  throw new CarryoutClientError(outcome.problem, outcome.type === "busy" ? outcome.download : null);
}

function valueIn<Value>(answer: Answered<Value>): Value {
  if ("problem" in answer) throw new CarryoutClientError(answer.problem);
  return answer.value;
}

function orThrow(problem: Problem | null): void {
  if (problem) throw new CarryoutClientError(problem);
}
