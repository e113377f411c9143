/** @module A download as JSON of the HTTP contract: the single definition for server, browser and documentation. */

import { z } from "zod";

const time = z.iso.datetime().describe("RFC 3339, UTC");
const count = z.int().min(0);

export const progressSchema = z.object({
  /** In the generator's own unit. */
  done: z.number().min(0),
  total: z.number().nullable(),
  fraction: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .describe("Never decreases; 1 only when the file can be downloaded; null while the total is unknown"),
  message: z.string().nullable(),
});

export const fileSchema = z.object({
  name: z.string(),
  type: z.string().describe("A media type, with parameters"),
  note: z.string().optional().describe("What the user should know about the content"),
  size: count.describe("Bytes"),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  url: z
    .string()
    .meta({ format: "uri-reference", description: "Where to download the file: a path on this origin" }),
});

export const failureSchema = z.object({
  code: z.string(),
  message: z.string().describe("For the user; the reason is in the log, under the download's id"),
  retriable: z.boolean().describe("False if the same request would fail again"),
});

/** Without its owner, its parameters or how it is stored. */
export const downloadSchema = z.object({
  id: z.string().describe("Unguessable, URL-safe"),
  slot: z.string(),
  kind: z.string(),
  state: z.enum(["pending", "processing", "ready", "error"]),
  progress: progressSchema,
  position: z.int().min(1).nullable().describe("1 for the next in the queue; null when it is not waiting"),
  etaMs: z.number().nullable().describe("Expected milliseconds until it is ready; null while unknown"),
  node: z
    .string()
    .nullable()
    .describe("The living holder as `name/incarnation`; null while it waits for one"),
  epoch: count.describe("Incremented whenever a node claims it"),
  file: fileSchema.nullable(),
  error: failureSchema.nullable(),
  requestedAt: time,
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  expiresAt: time.nullable(),
});

export const downloadsSchema = z.object({ downloads: z.array(downloadSchema) });

/** A download as its user sees it. Times are RFC 3339, UTC. */
export type PublicDownload = z.infer<typeof downloadSchema>;
export type PublicFile = z.infer<typeof fileSchema>;

/** What a user's watcher receives: first a snapshot, then every change. */
export type DownloadEvent =
  | { type: "snapshot"; downloads: PublicDownload[] }
  | { type: "download"; download: PublicDownload }
  | { type: "removed"; id: string };
