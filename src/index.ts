/** @module What an application imports. */

export { systemClock } from "./clock/system.ts";
export { type CarryoutConfig, defineConfig } from "./config.ts";
export type { Download, DownloadState, Progress, StoredFile } from "./download/download.ts";
export type { Json } from "./download/json.ts";
export { openEngine } from "./engines/open.ts";
export {
  CarryoutError,
  ERROR_CODES,
  type ErrorCode,
  isCarryoutError,
  UnavailableError,
  UserError,
} from "./errors.ts";
export {
  defineGenerator,
  type Generation,
  type Generator,
  type GeneratorOptions,
} from "./generator/generator.ts";
export { type Registry, registryOf } from "./generator/registry.ts";
export { type AppOptions, createApp } from "./http/app.ts";
export { createListener } from "./http/listener.ts";
export type { Clock } from "./ports/clock.ts";
export type { Engine } from "./ports/engine.ts";
export type { ByteRange, FileStore } from "./ports/file-store.ts";
export type { Command, Member, Membership, MembershipEvent } from "./ports/membership.ts";
export type { Repo, RepoEvent, Stored, Version } from "./ports/repo.ts";
export type { MakeRoutes, RoutesContext } from "./server/application.ts";
export { type EmbeddedNode, openNode, type RunningNode, startNode } from "./server.ts";
export type { Log } from "./telemetry/log.ts";
export type { Carryout, StartRequest } from "./tracker/carryout.ts";
export { openCarryout } from "./tracker/open.ts";
export type { ClusterView, DownloadStatus, WatchEvent } from "./tracker/status.ts";
export { renderButton, renderHead, renderTray } from "./ui/render.ts";
export { VERSION } from "./version.ts";
