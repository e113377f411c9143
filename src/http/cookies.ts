/** @module Cookies of our own: their names, their attributes, and the values that a request brings. */

/** When a browser sends a cookie along: on its own site's pages alone, from links elsewhere too, or everywhere. */
export type SameSite = "strict" | "lax" | "none";

export interface CookieOptions {
  /** The browser's connection is encrypted. */
  secure: boolean;
  maxAgeS: number;
  sameSite: SameSite;
}

const WORDS = { strict: "Strict", lax: "Lax", none: "None" } as const;

/**
 * The `Set-Cookie` value, out of reach of scripts. "none" is only taken with `Secure`, on http://localhost as well; it
 * is kept apart for each site that embeds the page (`Partitioned`).
 */
export function setCookie(name: string, value: string, options: CookieOptions): string {
  const { secure, maxAgeS, sameSite } = options;
  const attributes = [`Max-Age=${maxAgeS}`, "HttpOnly", `SameSite=${WORDS[sameSite]}`];
  if (isSecure(options)) attributes.push("Secure");
  if (sameSite === "none") attributes.push("Partitioned");
  return `${cookieName(name, secure)}=${value}; Path=/; ${attributes.join("; ")}`;
}

function isSecure({ secure, sameSite }: CookieOptions): boolean {
  return secure || sameSite === "none";
}

/**
 * Behind https a name that no other host of the domain can set: the browser takes `__Host-` only from the host itself.
 */
export function cookieName(name: string, secure: boolean): string {
  return secure ? `__Host-${name}` : name;
}

/** All values of our name in a `Cookie` header; what other hosts of the domain set is not among them behind https. */
export function cookieValues(header: string | null, name: string, secure: boolean): string[] {
  const wanted = `${cookieName(name, secure)}=`;
  return (header ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(wanted))
    .map((pair) => pair.slice(wanted.length));
}
