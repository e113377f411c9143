/** @module The wire format as JSON Schema (2020-12), for documents. */

import { z } from "zod";
import { clusterChangesSchema, clusterSchema, nodeSchema, nodesSchema } from "./cluster.ts";
import { downloadSchema, downloadsSchema, failureSchema, fileSchema, progressSchema } from "./download.ts";
import { exportSchema, exportsSchema } from "./export.ts";
import {
  foundDownloadSchema,
  foundDownloadsSchema,
  idsSchema,
  logLineSchema,
  logSchema,
  outcomesSchema,
  ownShareSchema,
  plotsSchema,
  storySchema,
} from "./operations.ts";
import { problemSchema } from "./problem.ts";
import { actionFormSchema, startFormSchema, startRequestSchema } from "./start-request.ts";

const NAMED = {
  StartRequest: startRequestSchema,
  StartForm: startFormSchema,
  ActionForm: actionFormSchema,
  Download: downloadSchema,
  Progress: progressSchema,
  File: fileSchema,
  Failure: failureSchema,
  Downloads: downloadsSchema,
  Export: exportSchema,
  Exports: exportsSchema,
  Node: nodeSchema,
  Nodes: nodesSchema,
  Cluster: clusterSchema,
  ClusterChanges: clusterChangesSchema,
  FoundDownload: foundDownloadSchema,
  FoundDownloads: foundDownloadsSchema,
  Story: storySchema,
  LogLine: logLineSchema,
  Log: logSchema,
  Plots: plotsSchema,
  OwnShare: ownShareSchema,
  Ids: idsSchema,
  Outcomes: outcomesSchema,
  Problem: problemSchema,
};

/** By name; each refers to the others as `{prefix}{name}`. Members may be added later, so unknown ones are allowed. */
export function jsonSchemas(prefix: string): Record<string, object> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(NAMED)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, {
    uri: (id) => `${prefix}${id}`,
    io: "input",
    override: withoutNoise,
  });
  return Object.fromEntries(Object.entries(schemas).map(([id, { $schema, $id, ...schema }]) => [id, schema]));
}

/** Drops patterns that a format already implies, and limits that only restate a number's range. */
function withoutNoise({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
}
