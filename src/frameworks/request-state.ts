/** @module One request, as an application's own interface shows it: its state, and what the user can do about it. */

import type { CarryoutClient } from "../client/client.ts";
import { CarryoutClientError } from "../client/client-error.ts";
import type { DownloadView } from "../client/download-view.ts";
import { type DownloadsState, slotOf } from "../client/downloads-state.ts";
import { isUnfinished } from "../client/public-download.ts";

export interface Request {
  kind: string;
  params?: unknown;
  slot: string;
}

export interface RequestState {
  /** `idle`: nothing was asked for, or it is gone. `starting`: the server has not answered yet. */
  readonly state: "idle" | "starting" | DownloadView["state"];
  /** The download of this request; null while `idle` or `starting`. */
  readonly download: DownloadView | null;
  /** What runs in this slot for another request: a start would be refused. */
  readonly other: DownloadView | null;
  /** From 0 to 1, never falling; null while unknown. */
  readonly progress: number | null;
  /** Why the download failed, or why the last call was refused. */
  readonly error: RequestError | null;
  /** For an anchor: the file, once it is ready. */
  readonly link: FileLink | null;
}

export interface RequestError {
  readonly code: string;
  readonly message: string;
  /** True if a retry may help. */
  readonly retriable: boolean;
}

export interface FileLink {
  readonly href: string;
  readonly download: string;
}

/** None of them rejects for a refusal, which `error` shows: they can be event handlers. */
export interface RequestActions {
  /** Asks for the file. Nothing happens while one is being asked for or made in this slot. */
  start(): Promise<void>;
  /** Asks again for what failed or was refused. */
  retry(): Promise<void>;
  /** Ends a running one. */
  cancel(): Promise<void>;
  /** Takes a finished or failed one out of the user's list, with its file; or a refusal out of the state. */
  dismiss(): Promise<void>;
  /** For `onclick` of the link: the file counts as fetched from then on. */
  fetched(): void;
}

/**
 * The state of a request. A finished download counts as another's if this browser asked for it with other parameters.
 * What this browser remembers is left out while `state` is what the server rendered, so that both render the same.
 */
export function requestState(
  client: CarryoutClient,
  state: DownloadsState,
  { kind, params, slot }: Request,
): RequestState {
  const { download: current, starting, problem } = slotOf(state, slot);
  const isRendered = state === client.getServerSnapshot();
  const isOwn =
    current?.kind === kind && (isRendered || client.isAnswerTo(current.id, kind, params) !== false);
  const download = isOwn && !starting ? current : null;
  return {
    state: starting ? "starting" : (download?.state ?? "idle"),
    download,
    other: current && !isOwn && isUnfinished(current) ? current : null,
    progress: download?.progress.fraction ?? null,
    error: problem ?? download?.error ?? null,
    link: download?.file ? { href: download.file.url, download: download.file.name } : null,
  };
}

/** The actions for whatever the request is at the time of the call. */
export function requestActions(client: CarryoutClient, request: () => Request): RequestActions {
  const current = () => requestState(client, client.getSnapshot(), request());
  const start = () => {
    const { kind, params, slot } = request();
    return settled(client.start(kind, params, { slot }));
  };
  const remove = async () => {
    const { download } = current();
    client.dismissProblem(request().slot);
    if (download) await settled(client.remove(download.id));
  };
  return {
    start,
    retry: () => {
      const { download } = current();
      return download?.state === "error" ? settled(client.retry(download.id)) : start();
    },
    cancel: remove,
    dismiss: remove,
    fetched: () => {
      const { download } = current();
      if (download) markLater(client, download.id);
    },
  };
}

/** For a list of downloads. As above, none of them rejects for a refusal: the state's slots have it as `problem`. */
export interface ListActions {
  /** Brings the next older finished downloads into the list. */
  more(): Promise<void>;
  /** Cancels or dismisses. */
  remove(id: string): Promise<void>;
  /** Has the server repeat a failed request. */
  retry(id: string): Promise<void>;
  /** For `onclick` of a file's link. */
  fetched(id: string): void;
}

export function listActions(client: CarryoutClient): ListActions {
  return {
    more: () => settled(client.more()),
    remove: (id) => settled(client.remove(id)),
    retry: (id) => settled(client.retry(id)),
    fetched: (id) => markLater(client, id),
  };
}

/** After the browser has followed the link, which an update might take away. */
function markLater(client: CarryoutClient, id: string): void {
  setTimeout(() => client.markFetched(id));
}

/** A refusal is in the client's state already. */
async function settled(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof CarryoutClientError)) throw error;
  }
}
