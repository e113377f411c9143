/** @module The cluster as JSON for operators: nodes, and what they make. */

import { z } from "zod";

const count = z.int().min(0);

export const nodeSchema = z.object({
  name: z.string(),
  incarnation: z.string().describe("New at every process start"),
  url: z.string().nullable().describe("The node's own address"),
  pid: z.int().optional().describe("Process id, if all nodes run on one machine"),
  version: z.string(),
  capacity: count.describe("Concurrent generations"),
  running: count.describe("Generations in progress"),
  draining: z.boolean(),
});

export const nodesSchema = z.object({ nodes: z.array(nodeSchema) });

/** A running or waiting download, without its owner or parameters. */
export const clusterDownloadSchema = z.object({
  id: z.string(),
  kind: z.string(),
  state: z.enum(["pending", "processing"]),
  node: z.string().nullable(),
  epoch: count,
  fraction: z.number().min(0).max(1).nullable(),
});

/** The data of each `cluster` event of `/cluster/events`. */
export const clusterSchema = z.object({
  nodes: z.array(nodeSchema),
  downloads: z.array(clusterDownloadSchema).describe("The oldest unfinished ones, at most 200"),
  unfinished: count.describe("All unfinished ones"),
});

export type PublicNode = z.infer<typeof nodeSchema>;
export type PublicClusterDownload = z.infer<typeof clusterDownloadSchema>;
export type PublicCluster = z.infer<typeof clusterSchema>;
