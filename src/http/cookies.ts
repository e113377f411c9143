/** @module Carryout's cookies: their names, their attributes, and their values in a request. */

/** When browsers send a cookie: only from its own site's pages, also when following other sites' links, or always. */
export type SameSite = "strict" | "lax" | "none";

export interface CookieOptions {
  /** The browser's connection is encrypted. */
  secure: boolean;
  maxAgeS: number;
  sameSite: SameSite;
  /** Where the node is mounted; "" for the root. Requests to other paths do not include the cookie. */
  basePath: string;
}

const WORDS = { strict: "Strict", lax: "Lax", none: "None" } as const;

/**
 * The `Set-Cookie` value, inaccessible to scripts. Browsers accept "none" only with `Secure`, even on http://localhost;
 * the cookie is then separate for each site that embeds the page (`Partitioned`).
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

/** What a cookie's name depends on. */
export type CookiePlace = Pick<CookieOptions, "secure" | "basePath">;

/**
 * Over https, a name that no other host of the domain can set: browsers accept `__Host-` only from the host itself, and
 * only for the whole host. Below a base path only `__Secure-` is possible, which can't be set without TLS.
 */
export function cookieName(name: string, { secure, basePath }: CookiePlace): string {
  if (!secure) return name;
  return `${basePath === "" ? "__Host-" : "__Secure-"}${name}`;
}

/** All values of our cookie in a `Cookie` header; with `__Host-`, other hosts of the domain can't have set any. */
export function cookieValues(header: string | null, name: string, place: CookiePlace): string[] {
  const wanted = `${cookieName(name, place)}=`;
  return (header ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(wanted))
    .map((pair) => pair.slice(wanted.length));
}
