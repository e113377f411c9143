/** @module Why a delivery failed, for the log: removed meanwhile, engine unavailable, or bytes missing. */

import type { Download } from "../download/download.ts";
import { isCarryoutError } from "../errors.ts";
import { isDeferred } from "./problems.ts";
import type { Services } from "./services.ts";

type Context = Pick<Services, "carryout" | "log" | "logDeferred">;

const AWAY = "delivery interrupted: engine or file store unavailable";

/** Called after the client has been cut off, since an unavailable engine may delay the answer. Never rejects. */
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
      // Bytes are missing, and whether that is an error can't be determined now.
      if (isDeferred(second)) logDeferred(error, facts, AWAY);
      else log.error({ ...facts, error, second }, "delivery interrupted");
    }
  };
}
