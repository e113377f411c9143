/** @module Why a module of the application's could not be loaded: file, line and reason, without a stack. */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { messageOf } from "../errors.ts";

const HEADING = /^(?:file:\/\/)?(\/.+|[A-Za-z]:\\.+):(\d+)$/;
const FRAME = /\(?(file:\/\/[^\s()]+):(\d+):\d+\)?$/;

interface Place {
  file: string;
  line: string;
}

/** `FILE:LINE: reason`, or `FILE: reason` when the error does not tell the line. */
export function importFailure(file: string, error: unknown): string {
  const reason = messageOf(error).split("\n")[0] ?? "";
  const place = placeOf(error) ?? (error instanceof SyntaxError ? placeBySyntaxCheck(file) : null);
  return place === null ? `${file}: ${reason}` : `${place.file}:${place.line}: ${reason}`;
}

/** An error of the parser names its place in the stack's first line; one thrown by the module, in a frame. */
function placeOf(error: unknown): Place | null {
  const lines = error instanceof Error ? (error.stack ?? "").split("\n") : [];
  const heading = HEADING.exec(lines[0] ?? "");
  if (heading) return { file: heading[1]!, line: heading[2]! };
  for (const line of lines) {
    const frame = /^\s+at /.test(line) ? FRAME.exec(line) : null;
    if (frame) return { file: fileURLToPath(frame[1]!), line: frame[2]! };
    if (/^\s+at .*\(node:internal\/modules/.test(line)) return null;
  }
  return null;
}

/** `import()` hides where plain JavaScript fails to parse; `node --check` tells. */
function placeBySyntaxCheck(file: string): Place | null {
  const { stderr } = spawnSync(process.execPath, ["--check", file], { encoding: "utf8" });
  const heading = HEADING.exec(stderr?.split("\n")[0] ?? "");
  return heading ? { file: heading[1]!, line: heading[2]! } : null;
}
