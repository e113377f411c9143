/** @module The message for an engine's library that is not installed. */

import { CarryoutError } from "../errors.ts";

/** For the `catch` of an import: says how to install what is missing, and passes every other error on. */
export function explainMissing(engine: string, libraries: readonly string[]): (error: unknown) => never {
  return (error) => {
    const { code, message } = error as { code?: unknown; message?: unknown };
    const missing = libraries.find((library) => String(message).includes(`'${library}'`));
    if (code !== "ERR_MODULE_NOT_FOUND" || missing === undefined) throw error;
    throw new CarryoutError(
      "invalid-config",
      `the engine for ${engine} needs ${missing}, which is not installed; run: npm install ${libraries.join(" ")}`,
      { cause: error },
    );
  };
}
