/** @module The body of `POST /downloads`, as JSON and as form fields. */

import { z } from "zod";

const slot = says('1 to 64 letters, digits, "-" or "_"');

export const startRequestSchema = z.object(
  {
    kind: z
      .string(says("a kind"))
      .min(1, says("a kind"))
      .meta({ description: "Which generator makes the file", examples: ["cities.csv"] }),
    params: z
      .unknown()
      .optional()
      .describe("Input of the generator; validated before the request is accepted"),
    slot: z
      .string(slot)
      .regex(/^[A-Za-z0-9_-]{1,64}$/, slot)
      .default("default")
      .describe("A user has at most one running download in each slot"),
  },
  says("an object { kind, params?, slot? }"),
);

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

/** The message of whatever does not fit. */
function says(expected: string) {
  return { error: ({ input }: { input?: unknown }) => `expected ${expected}, given ${nameOf(input)}` };
}

function nameOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (value === "") return "an empty string";
  if (typeof value === "string") return JSON.stringify(value.slice(0, 80));
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
