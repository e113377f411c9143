/** @module `carryout/react`: downloads in React 19, on the server and in the browser. */

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
export {
  DownloadButton,
  type DownloadButtonProps,
  DownloadProgress,
  type DownloadProgressProps,
  DownloadTray,
  type DownloadTrayProps,
  ExportForm,
  type ExportFormProps,
} from "./components.ts";
export {
  type DownloadHook,
  type DownloadsHook,
  type UseDownloadOptions,
  useDownload,
  useDownloads,
} from "./hooks.ts";
export { CarryoutProvider, type CarryoutProviderProps, useCarryoutClient } from "./provider.ts";
export { createDownloads, type TypedDownloads } from "./typed.ts";
