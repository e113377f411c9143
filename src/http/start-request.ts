/** @module What a `POST /downloads` asks for, from JSON or from form fields. */

import type { StartRequest } from "../tracker/carryout.ts";
import { type FormFields, firstOf } from "./body.ts";
import { HttpProblem } from "./problems.ts";

type Asked = Omit<StartRequest, "user">;

interface Mismatch {
  path: string;
  message: string;
}

/** Members that are not known are ignored. Fails with `invalid-request` and one entry of `errors` per mismatch. */
export function fromJson(body: unknown): Asked {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw mismatch([
      { path: "", message: `expected an object { kind, params?, slot? }, given ${nameOf(body)}` },
    ]);
  }
  const { kind, params, slot } = body as { kind?: unknown; params?: unknown; slot?: unknown };
  const errors: Mismatch[] = [];
  if (typeof kind !== "string" || kind === "") {
    errors.push({ path: "kind", message: `expected a kind, given ${nameOf(kind)}` });
  }
  if (slot !== undefined && typeof slot !== "string") {
    errors.push({ path: "slot", message: `expected a string or nothing, given ${nameOf(slot)}` });
  }
  if (errors.length > 0) throw mismatch(errors);
  return asked(kind as string, slot as string | undefined, params);
}

const PARAMETER = "params.";

/** Fields `kind`, `slot` and `params.<name>`; an empty field is an absent one, a repeated one a list. */
export function fromForm(fields: FormFields): Asked {
  const kind = firstOf(fields, "kind") ?? "";
  if (kind === "") throw mismatch([{ path: "kind", message: "expected a kind, given nothing" }]);
  const params = new Map<string, string | string[]>();
  for (const [name, given] of fields) {
    const values = given.filter((value) => value !== "");
    if (!name.startsWith(PARAMETER) || values.length === 0) continue;
    params.set(name.slice(PARAMETER.length), values.length === 1 ? (values[0] as string) : values);
  }
  return asked(
    kind,
    firstOf(fields, "slot") || undefined,
    params.size === 0 ? undefined : Object.fromEntries(params),
  );
}

function asked(kind: string, slot: string | undefined, params: unknown): Asked {
  return {
    kind,
    ...(slot === undefined ? {} : { slot }),
    ...(params === undefined ? {} : { params }),
  };
}

function mismatch(errors: Mismatch[]): HttpProblem {
  const detail = errors
    .map(({ path, message }) => (path === "" ? message : `${path}: ${message}`))
    .join("; ");
  return new HttpProblem("invalid-request", detail, { members: { errors } });
}

function nameOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (value === "") return "an empty string";
  return Array.isArray(value) ? "an array" : `a ${typeof value}`;
}
