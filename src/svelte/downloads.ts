/** @module For Svelte 5: all downloads of the user, and one request, reactive in runes and as stores. */

import { createSubscriber } from "svelte/reactivity";
import type { CarryoutClient } from "../client/client.ts";
import type { DownloadsState } from "../client/downloads-state.ts";
import {
  type ListActions,
  listActions,
  type RequestActions,
  type RequestState,
  requestActions,
  requestState,
} from "../frameworks/request-state.ts";
import { getCarryout } from "./context.ts";

/** A value that is reactive where it is read, and a store: `value.current` in runes, `$value` as a store. */
export interface Live<State> {
  readonly current: State;
  subscribe(run: (state: State) => void): () => void;
}

export type LiveDownloads = Live<DownloadsState> & ListActions;

/** All downloads of this user, newest first. Call it while a component is initialised. */
export function useDownloads(): LiveDownloads {
  const client = getCarryout();
  return Object.assign(
    live(client, (state) => state),
    listActions(client),
  );
}

export interface DownloadRequest {
  kind: string;
  params?: unknown;
  /** Requests of one slot take turns; default "default". */
  slot?: string | undefined;
}

export type LiveDownload = Live<RequestState> & RequestActions;

/**
 * One request: what has come of it, and what the user can do about it. Give a function where it depends on state:
 * `useDownload(() => ({ kind: "orders.csv", params: { year } }))`.
 */
export function useDownload(request: DownloadRequest | (() => DownloadRequest)): LiveDownload {
  const client = getCarryout();
  const latest = () => {
    const { kind, params, slot = "default" } = typeof request === "function" ? request() : request;
    return { kind, params, slot };
  };
  return Object.assign(
    live(client, (state) => requestState(client, state, latest())),
    requestActions(client, latest),
  );
}

/** What the server rendered until somebody follows it, so that the browser finds the same. */
function live<State>(client: CarryoutClient, select: (state: DownloadsState) => State): Live<State> {
  let isFollowed = false;
  const follow = createSubscriber((update) => {
    const leave = client.subscribe(update);
    isFollowed = true;
    update();
    return leave;
  });
  return {
    get current() {
      follow();
      return select(isFollowed ? client.getSnapshot() : client.getServerSnapshot());
    },
    subscribe(run) {
      run(select(client.getServerSnapshot()));
      const update = () => run(select(client.getSnapshot()));
      const leave = client.subscribe(update);
      if (client.getSnapshot() !== client.getServerSnapshot()) update();
      return leave;
    },
  };
}
