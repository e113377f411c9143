/** @module An error as JSON: `application/problem+json` (RFC 9457) with a stable `code` and extension members. */

import { z } from "zod";
import { downloadSchema } from "./download.ts";

export const problemSchema = z.object({
  type: z.string().meta({ format: "uri" }),
  title: z.string(),
  status: z.int(),
  code: z.string().describe("The last part of `type`"),
  detail: z.string(),
  errors: z
    .array(z.object({ path: z.string(), message: z.string() }))
    .optional()
    .describe("With `invalid-parameters` and `invalid-request`: the first 20"),
  moreErrors: z.int().optional().describe("How many errors are left out"),
  kinds: z.array(z.string()).optional().describe("With `unknown-kind`: the kinds that are available"),
  download: downloadSchema.optional().describe("With `download-in-progress` and `not-ready`"),
  reference: z.string().optional().describe("With `internal-error`: the reference of its log entry"),
});
