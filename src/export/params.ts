/** @module The parameters of an export: the application's own and the user's choices, in one flat object. */

import type { Json } from "../download/json.ts";
import type { StandardResult, StandardSchema } from "../generator/generator.ts";
import { readProperty } from "../text/thrown.ts";
import { valueName } from "../text/value-name.ts";
import { type Choices, type ChoicesInput, type Choosable, checkChoices } from "./choices.ts";

/** An export's request after validation. `params` is the output of the application's schema. */
export interface ExportParams<Params> extends Choices {
  params: Params;
}

const CHOICES = ["columns", "locale", "timeZone"] as const;

/**
 * Accepts `{ columns, locale, timeZone, … }`: all other properties go to the application's schema, and must be absent
 * if it has none. Text from a form is converted to a number or boolean where the schema has one.
 */
export function exportParamsSchema<Params, Input>(
  schema: StandardSchema<Params, Input> | undefined,
  columns: readonly Choosable[],
  defaults: { locale: string; timeZone: string },
): StandardSchema<ExportParams<Params>, Input & ChoicesInput> {
  const types = propertyTypes(jsonSchemaOf(schema));
  return {
    "~standard": {
      version: 1,
      vendor: "carryout",
      async validate(given): Promise<StandardResult<ExportParams<Params>>> {
        if (typeof given !== "object" || given === null || Array.isArray(given)) {
          return { issues: [{ message: `expected an object, not ${valueName(given)}` }] };
        }
        const rest: Record<string, unknown> = { ...given };
        for (const name of CHOICES) delete rest[name];
        for (const [name, type] of types)
          if (Object.hasOwn(rest, name)) rest[name] = fromText(rest[name], type);
        const chosen = checkChoices(given, columns, defaults);
        const own = await check(schema, rest);
        const issues = [...("issues" in chosen ? chosen.issues : []), ...(own.issues ?? [])];
        if (issues.length > 0 || "issues" in chosen || own.issues !== undefined) return { issues };
        return { value: { ...chosen.choices, params: own.value } };
      },
    },
  };
}

async function check<Params>(
  schema: StandardSchema<Params> | undefined,
  given: Record<string, unknown>,
): Promise<StandardResult<Params>> {
  if (schema !== undefined) return schema["~standard"].validate(given);
  const [unknown] = Object.keys(given);
  if (unknown === undefined) return { value: {} as Params };
  return { issues: [{ message: "unknown parameter", path: [unknown] }] };
}

/**
 * The JSON Schema of a schema's input, if it can provide one (Standard JSON Schema: Zod 4.2, ArkType 2.1.28 and
 * others); otherwise null.
 */
export function jsonSchemaOf(schema: StandardSchema | undefined): Json {
  const input = readProperty(readProperty(schema?.["~standard"], "jsonSchema"), "input");
  if (typeof input !== "function") return null;
  try {
    return JSON.parse(JSON.stringify(input.call(undefined, { target: "draft-2020-12" }))) as Json;
  } catch {
    return null;
  }
}

/** Property types that a form can only send as text. */
function propertyTypes(jsonSchema: Json): [name: string, type: string][] {
  const properties = readProperty(jsonSchema, "properties");
  if (typeof properties !== "object" || properties === null) return [];
  return Object.entries(properties).flatMap(([name, property]) => {
    const choices = readProperty(property, "anyOf");
    const types = [property, ...(Array.isArray(choices) ? choices : [])]
      .flatMap((one) => readProperty(one, "type"))
      .filter((type) => typeof type === "string" && type !== "null");
    const [type] = types;
    return types.length === 1 && typeof type === "string" && type !== "string"
      ? [[name, type] as [string, string]]
      : [];
  });
}

function fromText(given: unknown, type: string): unknown {
  // A checkbox after a hidden "false", the usual way for forms to send that it is not checked.
  if (type === "boolean" && Array.isArray(given)) return fromText(given.at(-1), type);
  if (typeof given !== "string") return given;
  if (type === "boolean")
    return given === "true" || given === "on" ? true : given === "false" ? false : given;
  if (type === "array") return [given];
  const isNumber = type === "number" || type === "integer";
  return isNumber && given.trim() !== "" && Number.isFinite(Number(given)) ? Number(given) : given;
}
