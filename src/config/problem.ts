/** @module All problems of a configuration, reported together for the person who wrote it. */

import { CarryoutError } from "../errors.ts";
import { withoutSecrets } from "../telemetry/secrets.ts";

export type Source = "file" | "environment" | "flag";

export interface Problem {
  source: Source;
  /** As the person wrote it: a key of the file, an environment variable, a flag. */
  where: string;
  /** What was expected and what was given; no secret. */
  what: string;
}

const LONGEST_SHOWN = 80;

/** One error for all problems: `invalid-config`, with `details.problems`. */
export function configError(problems: readonly Problem[]): CarryoutError {
  const lines = problems.map(({ where, what }) => `${where}: ${what}`);
  const message =
    lines.length === 1
      ? lines[0]!
      : [`${lines.length} settings are not valid:`, ...lines.map((line) => `  ${line}`)].join("\n");
  return new CarryoutError("invalid-config", message, { details: { problems } });
}

/** True for an error caused only by command line arguments: wrong usage, not wrong settings. */
export function onlyFlagsAreWrong(error: CarryoutError): boolean {
  const problems = error.details.problems as readonly Problem[] | undefined;
  return problems?.every(({ source }) => source === "flag") ?? false;
}

/** A value as an error message shows it: short, on one line, without the password of a URL. */
export function shown(value: unknown, secret: boolean): string {
  if (secret) return withoutContent(value);
  if (typeof value === "function") return "a function";
  const text = withoutSecrets(asJson(value));
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

/** Describes a secret by its length only. */
function withoutContent(value: unknown): string {
  const texts = Array.isArray(value) ? value : [value];
  if (texts.length === 0 || !texts.every((text) => typeof text === "string")) return `a ${typeof value}`;
  return `${texts.map(({ length }) => length).join(", ")} characters (not shown)`;
}

function asJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return `a ${typeof value}`;
  }
}
