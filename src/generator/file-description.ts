/** @module The name and type of a finished file, obtained from the generator and validated. */

import { safeFileName } from "../download/file-name.ts";
import { isMediaType } from "../download/media-type.ts";
import { valueName } from "../text/value-name.ts";
import { oneLine } from "./one-line.ts";

const LONGEST_NOTE = 300;

/** What a file's name may follow from beside the parameters. */
export interface FileRequest {
  /** When the download was asked for: the same for every attempt on every node. */
  readonly requestedAt: Date;
}

export interface FileDescription {
  /**
   * Shown to the user and used in the URL: 1 to 255 bytes of any script. Characters that mislead (control characters,
   * "/", "\\", what makes text run backwards) become "_", and a longer name is cut before its extension.
   */
  name: string;
  /** A media type, with parameters. */
  type: string;
  /** What the user should know about the content, on one line: shown beside the finished file. Cut to 300 characters. */
  note?: string;
}

/**
 * The result of `file`. A misleading name is made safe, see `safeFileName`. An invalid description is a `TypeError`
 * that is not worth a retry; errors of `file` are rethrown.
 */
export async function describeFile(
  generator: { file(params: unknown, request: FileRequest): unknown },
  { params, requestedAt }: { params: unknown; requestedAt: number },
): Promise<FileDescription> {
  const given: unknown = await generator.file(params, { requestedAt: new Date(requestedAt) });
  try {
    return checkedDescription(given);
  } catch (error) {
    // Every attempt would fail in the same way.
    throw Object.assign(error as TypeError, { retriable: false });
  }
}

/** A `TypeError` that explains the problem to the generator's author. */
export function checkedDescription(given: unknown): FileDescription {
  if (typeof given !== "object" || given === null) {
    throw new TypeError(`file must return { name, type }, not ${valueName(given)}`);
  }
  const { name, type, note } = given as Record<string, unknown>;
  if (typeof name !== "string") {
    throw new TypeError(`the file's name must be a string of 1 to 255 bytes, not ${valueName(name)}`);
  }
  const safeName = safeFileName(name);
  if (safeName === "")
    throw new TypeError("the file's name must be a string of 1 to 255 bytes, not an empty string");
  if (typeof type !== "string" || !isMediaType(type)) {
    const shown = typeof type === "string" ? JSON.stringify(type.slice(0, 80)) : valueName(type);
    throw new TypeError(
      `the file's type must be a media type such as "text/csv; charset=utf-8", not ${shown}`,
    );
  }
  if (note === undefined) return { name: safeName, type };
  if (typeof note !== "string")
    throw new TypeError(`the file's note must be a string, not ${valueName(note)}`);
  return { name: safeName, type, note: oneLine(note, LONGEST_NOTE) };
}
