/** @module Cookies of our own: their names, their attributes, and the values that a request brings. */

/** When a browser sends a cookie along: on its own site's pages alone, from links elsewhere too, or everywhere. */
export type SameSite = "strict" | "lax" | "none";

export interface CookieOptions {
  /** The browser's connection is encrypted. */
  secure: boolean;
  maxAgeS: number;
  sameSite: SameSite;
  /** Where the node is mounted; "" for the root. Pages elsewhere do not send the cookie. */
  basePath: string;
}

const WORDS = { strict: "Strict", lax: "Lax", none: "None" } as const;

/**
 * The `Set-Cookie` value, out of reach of scripts. "none" is only taken with `Secure`, on http://localhost as well; it
 * is kept apart for each site that embeds the page (`Partitioned`).
 */
export function setCookie(name: string, value: string, options: CookieOptions): string {
  const { secure, maxAgeS, sameSite, basePath } = options;
  const attributes = [`Max-Age=${maxAgeS}`, "HttpOnly", `SameSite=${WORDS[sameSite]}`];
  if (isSecure(options)) attributes.push("Secure");
  if (sameSite === "none") attributes.push("Partitioned");
  return `${cookieName(name, { secure, basePath })}=${value}; Path=${basePath || "/"}; ${attributes.join("; ")}`;
}

function isSecure({ secure, sameSite }: CookieOptions): boolean {
  return secure || sameSite === "none";
}

/** By what a cookie's name is decided. */
export type CookiePlace = Pick<CookieOptions, "secure" | "basePath">;

/**
 * Behind https a name that no other host of the domain can set: the browser takes `__Host-` only from the host itself,
 * and only for the whole host. Below a base path `__Secure-` is left, which at least nothing without TLS can set.
 */
export function cookieName(name: string, { secure, basePath }: CookiePlace): string {
  if (!secure) return name;
  return `${basePath === "" ? "__Host-" : "__Secure-"}${name}`;
}

/** All values of our name in a `Cookie` header; with `__Host-` what other hosts of the domain set is not among them. */
export function cookieValues(header: string | null, name: string, place: CookiePlace): string[] {
  const wanted = `${cookieName(name, place)}=`;
  return (header ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(wanted))
    .map((pair) => pair.slice(wanted.length));
}
