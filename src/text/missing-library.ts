/** @module The message for an optional library that is not installed. */

import { CarryoutError } from "../errors.ts";

/**
 * For the `catch` of an import: says how to install what is missing, and passes every other error on. `user` is what
 * needs the libraries, as the subject of a sentence: "the engine for NATS".
 */
export function explainMissing(user: string, libraries: readonly string[]): (error: unknown) => never {
  return (error) => {
    const { code, message } = error as { code?: unknown; message?: unknown };
    const missing = libraries.find((library) => String(message).includes(`'${library}'`));
    if (code !== "ERR_MODULE_NOT_FOUND" || missing === undefined) throw error;
    throw new CarryoutError(
      "invalid-config",
      `${user} needs ${missing}, which is not installed; run: npm install ${libraries.join(" ")}`,
      { cause: error },
    );
  };
}
