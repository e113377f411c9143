/** @module Request bodies: bounded, of a known media type, well-formed. */

import type { z } from "zod";
import type { Clock } from "../ports/clock.ts";
import { HttpProblem } from "./problems.ts";

export type BodyType = "json" | "form" | "multipart";

const TYPES: Readonly<Record<string, BodyType>> = {
  "application/json": "json",
  "application/x-www-form-urlencoded": "form",
  "multipart/form-data": "multipart",
};

/** More deeply nested JSON would overflow the stack of recursive code. */
const DEEPEST = 64;

/** Fails with `unsupported-media-type`. */
export function bodyType(request: Request): BodyType {
  const given = request.headers.get("content-type") ?? "";
  const type = TYPES[given.split(";")[0]?.trim().toLowerCase() ?? ""];
  if (type) return type;
  throw new HttpProblem(
    "unsupported-media-type",
    `Expected application/json or a form, given ${given === "" ? "no Content-Type" : JSON.stringify(given.slice(0, 100))}.`,
    { headers: { Accept: Object.keys(TYPES).join(", ") } },
  );
}

/** How much of a body may come, and in what time. */
export interface BodyLimits {
  maxBodyBytes: number;
  requestTimeoutMs: number;
}

/**
 * The whole body. Stops reading as soon as it is longer than allowed (`body-too-large`) or takes too long
 * (`request-timeout`). Fails with `bad-request` if the client disconnects before its end.
 */
export async function readBody(
  request: Request,
  { maxBodyBytes, requestTimeoutMs }: BodyLimits,
  clock: Clock,
): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBodyBytes) throw tooLarge(maxBodyBytes);
  const reader = request.body?.getReader();
  if (!reader) return new Uint8Array();
  const tooLate = Promise.withResolvers<never>();
  tooLate.promise.catch(() => {});
  const cancelTimer = clock.after(requestTimeoutMs, () => tooLate.reject(tooSlow(requestTimeoutMs)));
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), tooLate.promise]);
      if (done) return new Uint8Array(Buffer.concat(chunks));
      size += value.byteLength;
      if (size > maxBodyBytes) throw tooLarge(maxBodyBytes);
      chunks.push(value);
    }
  } catch (cause) {
    void reader.cancel().catch(() => {});
    if (cause instanceof HttpProblem) throw cause;
    throw new HttpProblem("bad-request", "The body ended early.", { cause });
  } finally {
    cancelTimer();
  }
}

function tooLarge(maxBytes: number): HttpProblem {
  return new HttpProblem("body-too-large", `The body must be at most ${maxBytes} bytes.`, {
    members: { limit: "maxBodyBytes" },
  });
}

function tooSlow(timeoutMs: number): HttpProblem {
  return new HttpProblem("request-timeout", `The body did not arrive within ${timeoutMs / 1_000} seconds.`, {
    members: { limit: "requestTimeoutMs" },
    headers: { Connection: "close" },
  });
}

/** Fails with `invalid-json`. */
export function parseJson(body: Uint8Array): unknown {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (cause) {
    throw new HttpProblem("invalid-json", body.byteLength === 0 ? "The body is empty." : reason(cause), {
      cause,
    });
  }
  if (isDeeper(value, DEEPEST)) {
    throw new HttpProblem("invalid-json", `The JSON is nested more than ${DEEPEST} levels deep.`);
  }
  return value;
}

/** The value as the schema reads it. Fails with `invalid-request` and one entry of `errors` per mismatch. */
export function shaped<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const { data, error } = schema.safeParse(value);
  if (error === undefined) return data;
  const errors = error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
  const detail = errors
    .map(({ path, message }) => (path === "" ? message : `${path}: ${message}`))
    .join("; ");
  throw new HttpProblem("invalid-request", detail, { members: { errors } });
}

/** A form's values by field name, in the order of the fields. Files are left out. */
export type FormFields = ReadonlyMap<string, readonly string[]>;

export function firstOf(fields: FormFields, name: string): string | null {
  return fields.get(name)?.[0] ?? null;
}

/**
 * The fields of a form. Fails with `invalid-form`, or with `body-too-large` if it has more than `maxFields`, which is
 * usually detected before parsing.
 */
export async function parseForm(
  type: "form" | "multipart",
  body: Uint8Array<ArrayBuffer>,
  { contentType, maxFields }: { contentType: string; maxFields: number },
): Promise<FormFields> {
  const [mark, most] = type === "form" ? ["&", maxFields - 1] : ["form-data; name=", maxFields];
  if (hasMore(body, mark, most)) throw tooManyFields(maxFields);
  const fields = new Map<string, string[]>();
  let count = 0;
  for (const [name, value] of await pairsOf(type, body, contentType)) {
    if (++count > maxFields) throw tooManyFields(maxFields);
    if (typeof value !== "string") continue;
    const values = fields.get(name);
    if (values) values.push(value);
    else fields.set(name, [value]);
  }
  return fields;
}

function tooManyFields(most: number): HttpProblem {
  return new HttpProblem("body-too-large", `A form must have at most ${most} fields.`, {
    members: { limit: "maxFormFields" },
  });
}

/** Whether the marker occurs more often than `most` in the body. */
function hasMore(body: Uint8Array<ArrayBuffer>, mark: string, most: number): boolean {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  let count = 0;
  for (let at = bytes.indexOf(mark); at >= 0 && count <= most; at = bytes.indexOf(mark, at + 1)) count++;
  return count > most;
}

async function pairsOf(
  type: "form" | "multipart",
  body: Uint8Array<ArrayBuffer>,
  contentType: string,
): Promise<Iterable<[string, string | File]>> {
  if (type === "form") return new URLSearchParams(new TextDecoder().decode(body));
  try {
    return await new Response(body, { headers: { "Content-Type": contentType } }).formData();
  } catch (cause) {
    throw new HttpProblem("invalid-form", "The multipart form can't be read.", { cause });
  }
}

function reason(error: unknown): string {
  return error instanceof SyntaxError ? `${error.message}.` : "The body is not UTF-8.";
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1));
}
