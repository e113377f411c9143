/** @module Why a delivery broke off, for the log: removed meanwhile, the engine away, or bytes that are missing. */

import type { Download } from "../download/download.ts";
import { isCarryoutError } from "../errors.ts";
import { isDeferred } from "./problems.ts";
import type { Services } from "./services.ts";

type Context = Pick<Services, "carryout" | "log" | "logDeferred">;

const AWAY = "delivery interrupted: engine or file store unavailable";

/** Called when the client has been cut off already: asking may take as long as an engine that is away. Never rejects. */
export function brokenDelivery({ carryout, log, logDeferred }: Context, { id, user }: Download) {
  return async (error: unknown, missingBytes: number): Promise<void> => {
    const facts = { download: id, missingBytes };
    if (isDeferred(error)) return logDeferred(error, facts, AWAY);
    try {
      if (isCarryoutError(error, "missing-part")) await carryout.reportMissing(user, id);
      const isKept = (await carryout.fetch(user, id)) !== null;
      if (isKept)
        log.error({ ...facts, error }, "delivery interrupted: bytes of the file are missing or damaged");
      else log.info({ ...facts, error }, "delivery interrupted: the file was removed");
    } catch (second) {
      // Bytes are missing, and whether that is a fault can't be asked now.
      if (isDeferred(second)) logDeferred(error, facts, AWAY);
      else log.error({ ...facts, error, second }, "delivery interrupted");
    }
  };
}
