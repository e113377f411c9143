/** @module Request bodies: bounded, of a known media type, well-formed. */

import { HttpProblem } from "./problems.ts";

export type BodyType = "json" | "form" | "multipart";

const TYPES: Readonly<Record<string, BodyType>> = {
  "application/json": "json",
  "application/x-www-form-urlencoded": "form",
  "multipart/form-data": "multipart",
};

/** JSON that is nested deeper would overflow the stack of whoever walks it. */
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

/**
 * The whole body. Fails with `body-too-large` and reads no further as soon as it is longer than `maxBytes`; with
 * `bad-request` when the client leaves before its end.
 */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = () => new HttpProblem("body-too-large", `A body here has at most ${maxBytes} bytes.`);
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // Leaving the loop cancels the stream.
    for await (const chunk of request.body ?? []) {
      size += chunk.byteLength;
      if (size > maxBytes) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof HttpProblem) throw cause;
    throw new HttpProblem("bad-request", "The body broke off before its end.", { cause });
  }
  return new Uint8Array(Buffer.concat(chunks));
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

/** The fields of a form. Fails with `invalid-form`. */
export async function parseForm(
  type: "form" | "multipart",
  body: Uint8Array<ArrayBuffer>,
  contentType: string,
): Promise<URLSearchParams> {
  if (type === "form") return new URLSearchParams(new TextDecoder().decode(body));
  const fields = new URLSearchParams();
  try {
    const form = await new Response(body, { headers: { "Content-Type": contentType } }).formData();
    for (const [name, value] of form) if (typeof value === "string") fields.append(name, value);
  } catch (cause) {
    throw new HttpProblem("invalid-form", "The multipart form can't be read.", { cause });
  }
  return fields;
}

function reason(error: unknown): string {
  return error instanceof SyntaxError ? `${error.message}.` : "It is not UTF-8.";
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1));
}
