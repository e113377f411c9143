/** @module What a user can export: for forms. */

import { z } from "zod";

export const exportSchema = z.object({
  kind: z.string().describe("What the kinds of its formats begin with"),
  title: z.string(),
  formats: z.array(
    z.object({
      name: z.string().meta({ examples: ["csv"] }),
      kind: z.string().describe("What `POST /downloads` takes for this format"),
      extension: z.string(),
      type: z.string().describe("The media type of the file"),
    }),
  ),
  columns: z.array(
    z.object({
      key: z.string().describe("What the parameter `columns` names"),
      title: z.string(),
      optional: z.boolean().describe("May be left out"),
      selected: z.boolean().describe("Part of the file when the request names no columns"),
    }),
  ),
  params: z
    .record(z.string(), z.unknown())
    .nullable()
    .describe("JSON Schema (2020-12) of the other parameters; null when it is not known"),
});

export const exportsSchema = z.object({ exports: z.array(exportSchema) });

export type PublicExport = z.infer<typeof exportSchema>;
