/** @module What operators find, look at and change, as JSON. */

import { z } from "zod";
import { failureSchema } from "./download.ts";

const count = z.int().min(0);
const time = z.iso.datetime().describe("RFC 3339, UTC");
const nodeId = z.string().describe("`name/incarnation`");

/** A download of any user. Without its parameters, which may hold anything. */
export const foundDownloadSchema = z.object({
  id: z.string(),
  user: z.string(),
  slot: z.string(),
  kind: z.string(),
  state: z.enum(["pending", "processing", "ready", "error"]),
  node: nodeId
    .nullable()
    .describe("The living holder, or the one that finished it; null while it waits for one"),
  epoch: count,
  fraction: z.number().min(0).max(1).nullable(),
  position: z.int().min(1).nullable().describe("1 for the next in the queue; null when it is not waiting"),
  failures: count.describe("Attempts that failed"),
  revision: z.string().nullable().describe("Of the generator that made it or makes it"),
  file: z.object({ name: z.string(), type: z.string(), size: count.describe("Bytes") }).nullable(),
  error: failureSchema.nullable(),
  requestedAt: time,
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  expiresAt: time.nullable(),
});

export const foundDownloadsSchema = z.object({
  downloads: z.array(foundDownloadSchema).describe("May be few, or none, although there are more"),
  next: z.string().nullable().describe("What `after` takes for the next page; null on the last"),
});

export const storyEventSchema = z.object({
  type: z
    .enum(["requested", "claimed", "released", "attempt-failed", "withdrawn", "ready", "failed", "lost"])
    .describe(
      "`claimed`: by `node`, from the dead holder `from`, with `anew` from the beginning. `released`: handed over, as in " +
        "a drain. `withdrawn`: no node can make its kind, or one can again. `lost`: bytes of the file are missing",
    ),
  at: time.describe("By the clock of the node that wrote it"),
  node: nodeId.optional(),
  epoch: count.optional(),
  from: nodeId.optional(),
  anew: z.boolean().optional(),
  code: z.string().optional(),
  message: z.string().optional(),
});

export const logLineSchema = z.object({
  at: time,
  node: z.string().describe("The name of the node that wrote it"),
  level: z.enum(["info", "warn", "error"]),
  message: z.string(),
  fields: z.record(z.string(), z.string()).describe("As text; long values are cut"),
});

const unheard = z
  .array(z.object({ node: z.string(), reason: z.enum(["no-address", "no-answer"]) }))
  .describe("Nodes whose part is missing");

export const fetchesSchema = z.object({
  count: count.describe("How often a transfer of the file began"),
  firstAt: time.nullable(),
  lastAt: time.nullable(),
});

export const storySchema = z.object({
  download: foundDownloadSchema,
  events: z.array(storyEventSchema),
  dropped: count.describe("Events after the first that were left out"),
  checkpoints: z.object({
    count,
    at: time.nullable().describe("The last one"),
    bytes: count.nullable().describe("From which it would resume; null if it is finished"),
  }),
  fetches: fetchesSchema.describe("As the living nodes remember"),
  log: z.array(logLineSchema).describe("The lines about it that the living nodes remember"),
  unheard,
});

export const logSchema = z.object({
  lines: z.array(logLineSchema).describe("The newest first"),
  unheard,
});

export const activityPointSchema = z.object({
  minute: count.describe("Since the epoch, UTC"),
  running: count.describe("The most at a time"),
  waiting: count.describe("The most at a time"),
  ready: count,
  failed: count,
  waits: z.array(count).describe("Downloads that waited up to each of `waitBoundsMs`, and longer"),
});

export const plotsSchema = z.object({
  waitBoundsMs: z.array(z.number()),
  points: z
    .array(activityPointSchema)
    .describe("Every minute since the first that a node remembers, at most 1,440"),
  unheard,
});

/** What one node knows by itself: other nodes ask for it. */
export const ownShareSchema = z.object({
  lines: z.array(logLineSchema).optional(),
  points: z.array(activityPointSchema).optional(),
  fetches: fetchesSchema.optional(),
});

export const MOST_AT_ONCE = 100;

export const idsSchema = z.object({
  ids: z
    .array(z.string().max(200))
    .min(1)
    .max(MOST_AT_ONCE)
    .describe(`1 to ${MOST_AT_ONCE} ids of downloads`),
});

export const outcomesSchema = z.object({
  results: z.array(
    z.object({
      id: z.string(),
      result: z
        .enum(["cancelled", "retried", "refused"])
        .describe("`refused`: `code` and `message` say why; the download is unchanged"),
      code: z.string().optional(),
      message: z.string().optional(),
      download: z.string().optional().describe("With `retried`: the id of the new download"),
    }),
  ),
});

export type FoundDownload = z.infer<typeof foundDownloadSchema>;
export type PublicFoundDownloads = z.infer<typeof foundDownloadsSchema>;
export type PublicStory = z.infer<typeof storySchema>;
export type PublicStoryEvent = z.infer<typeof storyEventSchema>;
export type PublicFetches = z.infer<typeof fetchesSchema>;
export type PublicLogLine = z.infer<typeof logLineSchema>;
export type PublicLog = z.infer<typeof logSchema>;
export type PublicActivityPoint = z.infer<typeof activityPointSchema>;
export type PublicPlots = z.infer<typeof plotsSchema>;
export type PublicUnheard = z.infer<typeof unheard>;
export type OwnShare = z.infer<typeof ownShareSchema>;
export type Outcomes = z.infer<typeof outcomesSchema>;
