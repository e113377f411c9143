/** @module `carryout/svelte`: downloads in Svelte 5, on the server and in the browser. */

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
export { type CarryoutOptions, getCarryout, setCarryout } from "./context.ts";
export {
  type DownloadRequest,
  type Live,
  type LiveDownload,
  type LiveDownloads,
  useDownload,
  useDownloads,
} from "./downloads.ts";
export { downloadButton, downloadProgress, downloadTray, type ElementParts, exportForm } from "./elements.ts";
