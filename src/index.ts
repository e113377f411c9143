/** @module What an application imports. */

export { type CarryoutConfig, defineConfig } from "./config/config.ts";
export type { Json } from "./download/json.ts";
export {
  memory,
  type NatsOptions,
  nats,
  type PostgresOptions,
  postgres,
  sqlite,
} from "./engines/engines.ts";
export { type S3Options, s3 } from "./engines/files.ts";
export {
  CarryoutError,
  ERROR_CODES,
  type ErrorCode,
  isCarryoutError,
  UnavailableError,
  UserError,
} from "./errors.ts";
export { type CommandOptions, commandGenerator } from "./external/command-generator.ts";
export { type HttpOptions, httpGenerator } from "./external/http-generator.ts";
export type { HttpRequest } from "./external/http-request.ts";
export type { ProgramFailure } from "./external/program-failure.ts";
export type { FileDescription, FileRequest } from "./generator/file-description.ts";
export {
  defineGenerator,
  type Generation,
  type Generator,
  type GeneratorOptions,
  type RevisionChange,
  type StandardSchema,
} from "./generator/generator.ts";
export type { Identify } from "./http/identity.ts";
export type { Clock } from "./ports/clock.ts";
export type { Engine, EngineContext, EngineFactory } from "./ports/engine.ts";
export type {
  Assembling,
  ByteRange,
  DirectDelivery,
  FileHeaders,
  FileStore,
  FileTrouble,
} from "./ports/file-store.ts";
export type { FileStoreContext, FileStoreFactory } from "./ports/file-store-factory.ts";
export type { Found, History, HistoryPage, HistoryPlace } from "./ports/history.ts";
export type { Log } from "./ports/log.ts";
export type { Command, Member, Membership, MembershipEvent } from "./ports/membership.ts";
export type { Archived, Repo, Stored, Version } from "./ports/repo.ts";
export type { SlotEvent, Slots } from "./ports/slots.ts";
export type { StoredMark, StoredWork, Work, WorkEvent } from "./ports/work.ts";
export type { MakeRoutes, RoutesContext } from "./server/application.ts";
export type { Downloads, Started } from "./server/downloads.ts";
export type { FastifyPlugin } from "./server/fastify.ts";
export {
  type MountedNode,
  type MountOptions,
  openNode,
  type ServeNodeOptions,
  type ServeOptions,
  type ServingNode,
} from "./server/open-node.ts";
export type { GeneratorsIn, StartRequest } from "./server/typed.ts";
export {
  type RenderProgressOptions,
  type RenderTrayOptions,
  renderButton,
  renderHead,
  renderProgress,
  renderTray,
} from "./ui/render.ts";
export { type RenderExportOptions, renderExport } from "./ui/render-export.ts";
export { VERSION } from "./version.ts";
export type { PublicCluster } from "./wire/cluster.ts";
export type { DownloadEvent, PublicDownload, PublicFile } from "./wire/download.ts";
export type { PublicExport } from "./wire/export.ts";
