/** @module The cluster as JSON for operators: nodes, and what they make. */

import { z } from "zod";

const count = z.int().min(0);
const time = z.iso.datetime().describe("RFC 3339, UTC");

export const nodeSchema = z.object({
  name: z.string(),
  incarnation: z.string().describe("New at every process start"),
  url: z.string().nullable().describe("The node's own address"),
  pid: z.int().optional().describe("Process id, if all nodes run on one machine"),
  version: z.string(),
  capacity: count.describe("Concurrent generations"),
  running: count.describe("Generations in progress"),
  draining: z.boolean(),
  startedAt: time
    .nullable()
    .optional()
    .describe("When its process started, by its own clock; null for an older version"),
  kinds: z
    .record(z.string(), z.string().nullable())
    .nullable()
    .optional()
    .describe(
      "The kinds that it makes, with the revision of each where it is known. Not in `cluster` events without `changes`",
    ),
});

export const nodesSchema = z.object({ nodes: z.array(nodeSchema) });

/** A running or waiting download, without its parameters. */
export const clusterDownloadSchema = z.object({
  id: z.string(),
  user: z.string().optional().describe("Only in events with `changes`"),
  kind: z.string(),
  state: z.enum(["pending", "processing"]),
  node: z.string().nullable(),
  epoch: count,
  fraction: z.number().min(0).max(1).nullable(),
  requestedAt: time,
  turn: z
    .int()
    .describe("Of two that wait for the same kind of place, the one with the lower number is first"),
});

/** The data of each `cluster` event of `/cluster/events`. */
export const clusterSchema = z.object({
  nodes: z.array(nodeSchema),
  downloads: z
    .array(clusterDownloadSchema)
    .describe("Running ones, then the first in the queue: at most 200, with `changes` 10,000"),
  unfinished: count.describe("All unfinished ones"),
});

/** The data of each `changes` event of `/cluster/events?changes`: what is different from the event before. */
export const clusterChangesSchema = z.object({
  nodes: z.array(nodeSchema).nullable().describe("All of them, if anything about any of them changed"),
  downloads: z.array(clusterDownloadSchema).describe("New ones, and those that changed"),
  removed: z.array(z.string()).describe("Ids of those that are finished, removed or no longer listed"),
  unfinished: count,
});

export type PublicNode = z.infer<typeof nodeSchema>;
export type PublicClusterDownload = z.infer<typeof clusterDownloadSchema>;
export type PublicCluster = z.infer<typeof clusterSchema>;
export type PublicClusterChanges = z.infer<typeof clusterChangesSchema>;
