/** @module The path that a node is mounted under: where it begins, and what of a request's path lies behind it. */

/** The first segments of Carryout's own paths that pages and people use. */
export const PAGE_PATHS = ["downloads", "cluster", "carryout"] as const;

/** Those for the operators of a node. */
export const OPERATIONS_PATHS = ["healthz", "readyz", "metrics", "openapi.json"] as const;

/** The one list of what an application can't take. */
export const ALL_PATHS = [...PAGE_PATHS, ...OPERATIONS_PATHS] as const;

/** Whether a path behind the base path, or a URL that begins with one, is one of these. */
export function isOwnPath(path: string, own: readonly string[]): boolean {
  const [, first = ""] = path.split(/[/?]/, 2);
  return path.startsWith("/") && own.includes(first);
}

export const BASE_PATH_EXPECTED = `"/" or a path such as "/exports", whose first part is not one of ${ALL_PATHS.join(", ")}`;

/** One that began with a path of Carryout's could not be told from a request whose prefix a proxy has stripped. */
export function isBasePath(path: string): boolean {
  return path === "" || (/^(\/(?!\.{1,2}(\/|$))[\w.~-]+)*\/?$/.test(path) && !isOwnPath(path, ALL_PATHS));
}

/** Without a slash at its end; "" for the root. Throws a `TypeError` that says what a base path may be. */
export function normalBasePath(path: string): string {
  if (isBasePath(path)) return path.replace(/\/$/, "");
  throw new TypeError(`basePath must be ${BASE_PATH_EXPECTED}, not ${JSON.stringify(path)}`);
}

/** True for the base path itself, and for all below it. `url` is a path, with or without a query. */
export function isBelow(url: string, basePath: string): boolean {
  return (
    url.startsWith(basePath) && (url.length === basePath.length || "/?".includes(url[basePath.length] ?? ""))
  );
}

/**
 * The URL without the base path: what a proxy that strips the prefix would have sent. One without it is given back as
 * it is, so a node answers behind both kinds of proxy, and to its own cluster, which asks it directly.
 */
export function withoutBase(url: string, basePath: string): string {
  if (basePath === "" || !isBelow(url, basePath)) return url;
  const rest = url.slice(basePath.length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}
