/** @module `carryout/client`: downloads in a browser, for an application's own interface. */

export { type CarryoutClient, type ClientOptions, createClient, type StartOptions } from "./client.ts";
export { CarryoutClientError } from "./client-error.ts";
export type { DownloadView, Notice } from "./download-view.ts";
export type { ListPage } from "./downloads-api.ts";
export { type DownloadsState, type SlotState, slotOf } from "./downloads-state.ts";
export type { StreamStatus } from "./event-stream.ts";
export type { PublicExport } from "./exports-api.ts";
export type { KindOf, ParamsOf, RequestOf } from "./kinds.ts";
export type { Problem } from "./problem.ts";
export { isUnfinished, type PublicDownload, type PublicFile } from "./public-download.ts";
export type { TimeRange } from "./time-left.ts";
