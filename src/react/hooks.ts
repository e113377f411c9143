"use client";

/** @module React hooks: all downloads of the user, and one request. */

import { useInsertionEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { DownloadsState } from "../client/downloads-state.ts";
import {
  type ListActions,
  listActions,
  type Request,
  type RequestActions,
  type RequestState,
  requestActions,
  requestState,
} from "../frameworks/request-state.ts";
import { useCarryoutClient } from "./provider.ts";

export type DownloadsHook = DownloadsState & ListActions;

/** All downloads of this user, newest first, kept up to date while the component is mounted. */
export function useDownloads(): DownloadsHook {
  const client = useCarryoutClient();
  const state = useSyncExternalStore(client.subscribe, client.getSnapshot, client.getServerSnapshot);
  const actions = useMemo(() => listActions(client), [client]);
  return useMemo(() => ({ ...state, ...actions }), [state, actions]);
}

export interface UseDownloadOptions {
  /** Requests of one slot take turns; default "default". */
  slot?: string | undefined;
}

export type DownloadHook = RequestState & RequestActions;

/** One request: what has come of it, and what the user can do about it. The functions keep their identity. */
export function useDownload(
  kind: string,
  params?: unknown,
  { slot = "default" }: UseDownloadOptions = {},
): DownloadHook {
  const client = useCarryoutClient();
  const state = useSyncExternalStore(client.subscribe, client.getSnapshot, client.getServerSnapshot);
  const request: Request = { kind, params, slot };
  const latest = useRef(request);
  useInsertionEffect(() => {
    latest.current = request;
  });
  const actions = useMemo(() => requestActions(client, () => latest.current), [client]);
  return { ...requestState(client, state, request), ...actions };
}
