/** @module Anonymous visitors: a random user id in a signed cookie that every node can check by itself. */

import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock } from "../clock/clock.ts";

export const COOKIE_NAME = "carryout";

const VERSION = "v1";
const MAX_AGE_S = 365 * 24 * 3_600;
/** Anything longer is not ours: not worth a digest. */
const LONGEST_VALUE = 128;
const VALUE = /^v1\.([A-Za-z0-9_-]{22})\.([0-9a-z]{1,9})\.([A-Za-z0-9_-]{43})$/;

export interface Visit {
  user: string;
  /** More than half of the cookie's life is over: send a fresh one. */
  aged: boolean;
}

export interface Sessions {
  /** The visitor that a `Cookie` header names. Null for none, and for a forged, truncated or expired one. */
  read(cookieHeader: string | null): Visit | null;
  /** A visitor seen for the first time. */
  newVisitor(): string;
  /** The `Set-Cookie` value that keeps this user known for a year. */
  cookieFor(user: string, secure: boolean): string;
}

/**
 * The value is `v1.<user>.<issued, seconds, base 36>.<HMAC-SHA-256>`. Nodes with the same secret read each other's
 * cookies; a new secret makes every visitor a new one. Throws a `TypeError` for an empty secret.
 */
export function createSessions(secret: string, clock: Clock): Sessions {
  if (secret === "") throw new TypeError("the session secret must not be empty");

  const sign = (payload: string) =>
    createHmac("sha256", secret).update(`carryout session ${payload}`).digest("base64url");

  return {
    read(cookieHeader) {
      for (const value of cookieValues(cookieHeader)) {
        const visit = verify(value, sign, Math.floor(clock.now() / 1_000));
        if (visit) return visit;
      }
      return null;
    },
    newVisitor: () => clock.id(),
    cookieFor(user, secure) {
      const payload = `${VERSION}.${user}.${Math.floor(clock.now() / 1_000).toString(36)}`;
      const cookie = `${COOKIE_NAME}=${payload}.${sign(payload)}; Path=/; Max-Age=${MAX_AGE_S}; HttpOnly; SameSite=Lax`;
      return secure ? `${cookie}; Secure` : cookie;
    },
  };
}

/** All values of our name: a cookie of a wider domain may stand before the right one. */
function cookieValues(header: string | null): string[] {
  return (header ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${COOKIE_NAME}=`))
    .map((pair) => pair.slice(COOKIE_NAME.length + 1));
}

function verify(value: string, sign: (payload: string) => string, nowSeconds: number): Visit | null {
  if (value.length > LONGEST_VALUE) return null;
  const [, user, issued, signature] = VALUE.exec(value) ?? [];
  if (user === undefined || issued === undefined || signature === undefined) return null;
  // The texts are compared, not the bytes they stand for: base64url has several spellings of one digest.
  const expected = sign(`${VERSION}.${user}.${issued}`);
  if (!timingSafeEqual(Buffer.from(expected), Buffer.from(signature))) return null;
  const ageSeconds = nowSeconds - Number.parseInt(issued, 36);
  return ageSeconds > MAX_AGE_S ? null : { user, aged: ageSeconds > MAX_AGE_S / 2 };
}
