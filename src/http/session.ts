/** @module Anonymous visitors: a random user id in a signed cookie that every node can check by itself. */

import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock } from "../ports/clock.ts";
import { cookieValues, type SameSite, setCookie } from "./cookies.ts";
import { type Front, isHttps } from "./request-origin.ts";

/** Over https with the prefix `__Host-`, or `__Secure-` below a base path. */
export const COOKIE_NAME = "carryout";

const VERSION = "v1";
/** Longer values can't be valid, so no digest is computed. */
const LONGEST_VALUE = 128;
const VALUE = /^v1\.([A-Za-z0-9_-]{22})\.([0-9a-z]{1,9})\.([A-Za-z0-9_-]{43})$/;

export interface Visit {
  user: string;
  /** More than half of the cookie's life is over: send a fresh one. */
  aged: boolean;
}

/**
 * The result of a request's cookies. "forged": none was signed with one of our secrets. "ambiguous": they identify two
 * visitors, so another host of the domain has set one of them; impossible with `__Host-`.
 */
export type Reading = Visit | "none" | "expired" | "forged" | "ambiguous";

export interface SessionOptions {
  /** The first one signs, all are accepted; the same on every node. */
  secrets: readonly string[];
  clock: Clock;
  front: Front;
  /** Lifetime of a cookie; it is renewed after half of this. */
  visitMs: number;
  sameSite: SameSite;
}

export interface Sessions {
  read(request: Request): Reading;
  /** A visitor seen for the first time. */
  newVisitor(): string;
  /** The `Set-Cookie` value that identifies this user. */
  cookieFor(user: string, request: Request): string;
  /** The `Set-Cookie` value that makes the browser forget its visitor. */
  noCookie(request: Request): string;
}

/**
 * The value is `v1.<user>.<issued, seconds, base 36>.<HMAC-SHA-256>`. Nodes with the same secret read each other's
 * cookies. Throws a `TypeError` for an empty secret or no secret.
 */
export function createSessions(options: SessionOptions): Sessions {
  const { secrets, clock, front, sameSite } = options;
  const [current] = secrets;
  if (current === undefined || secrets.includes("")) {
    throw new TypeError("the session secret must not be empty");
  }
  const lifeS = Math.ceil(options.visitMs / 1_000);
  const nowS = () => Math.floor(clock.now() / 1_000);
  const placeOf = (request: Request) => ({ secure: isHttps(request, front), basePath: front.basePath });
  const cookie = (value: string, request: Request, maxAgeS: number) =>
    setCookie(COOKIE_NAME, value, { ...placeOf(request), maxAgeS, sameSite });

  return {
    read(request) {
      const values = cookieValues(request.headers.get("cookie"), COOKIE_NAME, placeOf(request));
      const readings = values.map((value) => verify(value, secrets, nowS(), lifeS));
      const visits = readings.filter((reading) => typeof reading === "object");
      const [visit] = visits;
      if (visits.some(({ user }) => user !== visit?.user)) return "ambiguous";
      return visit ?? readings.find((reading) => reading === "expired") ?? readings[0] ?? "none";
    },
    newVisitor: () => clock.id(),
    cookieFor(user, request) {
      const payload = `${VERSION}.${user}.${nowS().toString(36)}`;
      return cookie(`${payload}.${sign(payload, current)}`, request, lifeS);
    },
    noCookie: (request) => cookie("", request, 0),
  };
}

function sign(payload: string, secret: string): string {
  return createHmac("sha256", secret).update(`carryout session ${payload}`).digest("base64url");
}

function verify(value: string, secrets: readonly string[], nowS: number, lifeS: number): Reading {
  if (value === "") return "none";
  const [, user, issued, signature] = (value.length <= LONGEST_VALUE && VALUE.exec(value)) || [];
  if (user === undefined || issued === undefined || signature === undefined) return "forged";
  const given = Buffer.from(signature);
  // Compares the strings, not the decoded bytes: base64url has several encodings of one digest.
  const isOurs = secrets.some((secret) =>
    timingSafeEqual(Buffer.from(sign(`${VERSION}.${user}.${issued}`, secret)), given),
  );
  if (!isOurs) return "forged";
  const ageS = nowS - Number.parseInt(issued, 36);
  return ageS > lifeS ? "expired" : { user, aged: ageS > lifeS / 2 };
}
