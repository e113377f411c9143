/** @module The composables with the kinds and parameters of an application's generators. */

import type { MaybeRefOrGetter } from "vue";
import type { CarryoutClient } from "../client/client.ts";
import type { KindOf, ParamsOf } from "../client/kinds.ts";
import {
  type DownloadComposable,
  type DownloadsComposable,
  type UseDownloadOptions,
  useDownload,
  useDownloads,
} from "./composables.ts";
import { useCarryoutClient } from "./plugin.ts";

export interface TypedDownloads<Source> {
  useCarryoutClient(): CarryoutClient<Source>;
  useDownloads(): DownloadsComposable;
  useDownload<Kind extends KindOf<Source>>(
    kind: MaybeRefOrGetter<Kind>,
    params?: MaybeRefOrGetter<ParamsOf<Source, Kind>>,
    options?: UseDownloadOptions,
  ): DownloadComposable;
}

/**
 * The same composables, whose kinds and parameters are checked:
 * `createDownloads<typeof import("./generators.ts")>()`. Only the type is used: no generator reaches the browser.
 */
export function createDownloads<Source>(): TypedDownloads<Source> {
  return {
    useCarryoutClient: useCarryoutClient as TypedDownloads<Source>["useCarryoutClient"],
    useDownloads,
    useDownload: useDownload as TypedDownloads<Source>["useDownload"],
  };
}
