/** @module Denied requests in the log: who tried what, without anything that was sent along. */

import type { Context } from "hono";
import { clientAddress, networkOf } from "./client-address.ts";
import { problemOf } from "./problems.ts";
import type { TellSeldom } from "./seldom-log.ts";

/** Told of each address and kind once in a while, of all the others by their number. */
export type TellDenial = (context: Context, error: unknown) => void;

/** Not signed in, no operator, another site's page, another site's name. */
const TOLD: ReadonlySet<number> = new Set([401, 403, 421]);
const LONGEST_PATH = 200;

export function createDenialLog(tell: TellSeldom, trustProxy: boolean): TellDenial {
  return (context, error) => {
    const { status, body } = problemOf(error);
    if (!TOLD.has(status)) return;
    const { code, detail } = body;
    const address = clientAddress(context, trustProxy);
    const { method, path } = context.req;
    const fields = { code, status, method, path: path.slice(0, LONGEST_PATH), address, detail };
    const key = `${code} ${address === null ? "" : networkOf(address)}`;
    // That somebody's session is over is nobody's attack.
    tell(key, fields, "a request was refused", status === 401 ? "info" : "warn");
  };
}
