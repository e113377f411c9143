/** @module What a `POST /downloads` may ask for, as JSON and as form fields. */

import { z } from "zod";

export const startRequestSchema = z.object({
  kind: z.string().meta({ description: "Which generator makes the file", examples: ["cities.csv"] }),
  params: z.unknown().optional().describe("Input of the generator; validated before the request is accepted"),
  slot: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .default("default")
    .describe("A user has at most one running download in each slot"),
});

export const startFormSchema = z
  .object({
    kind: z.string(),
    slot: z.string().optional(),
    return_to: z.string().optional().describe("A path of this origin to go back to"),
  })
  .catchall(z.string())
  .meta({
    description:
      "The same from a form. Parameters are fields named `params.<name>`; an empty field is absent.",
  });

export const actionFormSchema = z.object({
  _method: z.enum(["delete", "retry"]),
  return_to: z.string().optional(),
});
