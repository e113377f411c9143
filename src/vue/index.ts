/** @module `carryout/vue`: downloads in Vue 3, on the server and in the browser. */

export type { CarryoutClient } from "../client/client.ts";
export type { DownloadView } from "../client/download-view.ts";
export type { DownloadsState } from "../client/downloads-state.ts";
export type {
  FileLink,
  ListActions,
  RequestActions,
  RequestError,
  RequestState,
} from "../frameworks/request-state.ts";
export { DownloadButton, DownloadProgress, DownloadTray, ExportForm } from "./components.ts";
export {
  type DownloadComposable,
  type DownloadsComposable,
  type UseDownloadOptions,
  useDownload,
  useDownloads,
} from "./composables.ts";
export { type CarryoutPluginOptions, carryout, useCarryoutClient } from "./plugin.ts";
export { createDownloads, type TypedDownloads } from "./typed.ts";
