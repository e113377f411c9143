/** @module The path that a node is mounted under, and the part of a request's path after it. */

/** The first segments of Carryout's own paths that pages and people use. */
export const PAGE_PATHS = ["downloads", "cluster", "carryout"] as const;

/** The paths for operators of a node. */
export const OPERATIONS_PATHS = ["healthz", "readyz", "metrics", "openapi.json"] as const;

/** All paths that an application can't use. */
export const ALL_PATHS = [...PAGE_PATHS, ...OPERATIONS_PATHS] as const;

/** Whether a path behind the base path, or a URL that begins with one, is one of these. */
export function isOwnPath(path: string, own: readonly string[]): boolean {
  const [, first = ""] = path.split(/[/?]/, 2);
  return path.startsWith("/") && own.includes(first);
}

export const BASE_PATH_EXPECTED = `"/" or a path such as "/exports", whose first part is not one of ${ALL_PATHS.join(", ")}`;

/** A base path that begins with one of Carryout's paths would be ambiguous behind a proxy that strips the prefix. */
export function isBasePath(path: string): boolean {
  return path === "" || (/^(\/(?!\.{1,2}(\/|$))[\w.~-]+)*\/?$/.test(path) && !isOwnPath(path, ALL_PATHS));
}

/** Without a slash at its end; "" for the root. Throws a `TypeError` that says what a base path may be. */
export function normalBasePath(path: string): string {
  if (isBasePath(path)) return path.replace(/\/$/, "");
  throw new TypeError(`basePath must be ${BASE_PATH_EXPECTED}, not ${JSON.stringify(path)}`);
}

/** True for the base path itself and everything below it. `url` is a path, with or without a query. */
export function isBelow(url: string, basePath: string): boolean {
  return (
    url.startsWith(basePath) && (url.length === basePath.length || "/?".includes(url[basePath.length] ?? ""))
  );
}

/**
 * The URL without the base path, as a proxy that strips the prefix would send it. A URL without the prefix is returned
 * unchanged, so that a node works behind both kinds of proxy, and for direct requests from its own cluster.
 */
export function withoutBase(url: string, basePath: string): string {
  if (basePath === "" || !isBelow(url, basePath)) return url;
  const rest = url.slice(basePath.length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}
