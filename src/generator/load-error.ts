/** @module Describes in one line why a module did not load: file, line, reason. */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { messageOf } from "../errors.ts";

/** This library's own code. */
const LIBRARY = new URL("../", import.meta.url).href;

/** `/app/generators.ts:12: Expression expected`. Never a stack. */
export function describeLoadError(moduleUrl: string, error: unknown): string {
  if ((error as { url?: unknown } | null)?.url === moduleUrl) return `module not found: ${pathOf(moduleUrl)}`;
  const place = placeOf(error) ?? placeFromNode(moduleUrl, error) ?? pathOf(moduleUrl);
  return `${place}: ${messageOf(error)}`;
}

/** The location in the error's own text: its heading `file:line`, or the first call outside Node itself. */
function placeOf(error: unknown): string | null {
  if (!(error instanceof Error) || error.stack === undefined) return null;
  const [heading = "", ...calls] = error.stack.split("\n");
  const headed = /^(\S.*:\d+)$/.exec(heading)?.[1];
  if (headed !== undefined) return pathOf(headed);
  if ("code" in error) return null;
  const places = calls.map((call) => /(file:\/\/.*?:\d+):\d+\)?$/.exec(call)?.[1] ?? "").filter(Boolean);
  // The mistake is in the module that calls a library, not in the library that throws.
  const theirs = places.find((place) => !place.includes("/node_modules/") && !place.startsWith(LIBRARY));
  const place = theirs ?? places[0];
  return place === undefined ? null : pathOf(place);
}

/** Node does not reveal the location of a JavaScript syntax error on import, but does with `--check`. */
function placeFromNode(moduleUrl: string, error: unknown): string | null {
  if (!(error instanceof SyntaxError) || !moduleUrl.startsWith("file:")) return null;
  const { stderr } = spawnSync(process.execPath, ["--check", fileURLToPath(moduleUrl)], {
    encoding: "utf8",
    timeout: 10_000,
  });
  const printed = /^(\S.*:\d+)$/m.exec(stderr ?? "")?.[1];
  return printed === undefined ? null : pathOf(printed);
}

/** A readable path; URLs that are not files stay unchanged. */
export function pathOf(place: string): string {
  if (!place.startsWith("file:")) return place;
  const line = /:\d+$/.exec(place)?.[0] ?? "";
  return `${fileURLToPath(place.slice(0, place.length - line.length))}${line}`;
}
