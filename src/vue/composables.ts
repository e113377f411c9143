/** @module Vue composables: all downloads of the user, and one request. */

import {
  type ComputedRef,
  computed,
  getCurrentInstance,
  type MaybeRefOrGetter,
  onMounted,
  onScopeDispose,
  type ShallowRef,
  shallowRef,
  toValue,
} from "vue";
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
import { useCarryoutClient } from "./plugin.ts";

/** A ref for each member, so that destructuring keeps them reactive. */
type Refs<State> = { readonly [Name in keyof State]: ComputedRef<State[Name]> };

export type DownloadsComposable = Refs<DownloadsState> & ListActions;

/** All downloads of this user, newest first, kept up to date while the component is mounted. */
export function useDownloads(): DownloadsComposable {
  const client = useCarryoutClient();
  const names = ["downloads", "slots", "connection", "loaded", "hasMore", "viewer"] as const;
  return { ...refsOf(stateOf(client), names), ...listActions(client) };
}

export interface UseDownloadOptions {
  /** Requests of one slot take turns; default "default". */
  slot?: MaybeRefOrGetter<string> | undefined;
}

export type DownloadComposable = Refs<RequestState> & RequestActions;

/** One request, which refs and getters may change: what has come of it, and what the user can do about it. */
export function useDownload(
  kind: MaybeRefOrGetter<string>,
  params?: MaybeRefOrGetter<unknown>,
  { slot = "default" }: UseDownloadOptions = {},
): DownloadComposable {
  const client = useCarryoutClient();
  const state = stateOf(client);
  const request = () => ({ kind: toValue(kind), params: toValue(params), slot: toValue(slot) });
  const shown = computed(() => requestState(client, state.value, request()));
  const names = ["state", "download", "other", "progress", "error", "link"] as const;
  return { ...refsOf(shown, names), ...requestActions(client, request) };
}

/** What the server rendered until the component is mounted, so that the browser finds the same. */
function stateOf(client: CarryoutClient): ShallowRef<DownloadsState> {
  const state = shallowRef(client.getServerSnapshot());
  const follow = () => {
    const update = () => {
      state.value = client.getSnapshot();
    };
    leave = client.subscribe(update);
    update();
  };
  let leave = () => {};
  if (getCurrentInstance()) onMounted(follow);
  else follow();
  onScopeDispose(() => leave(), true);
  return state;
}

function refsOf<State extends object, Name extends keyof State>(
  state: { readonly value: State },
  names: readonly Name[],
): Refs<Pick<State, Name>> {
  return Object.fromEntries(names.map((name) => [name, computed(() => state.value[name])])) as Refs<
    Pick<State, Name>
  >;
}
