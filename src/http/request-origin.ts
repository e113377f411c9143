/** @module Where a request came in: host and scheme, by its own words, a trusted proxy's or the configuration's. */

/** What is known of the way from the browser to this node. */
export interface Front {
  /** `X-Forwarded-Host` and `X-Forwarded-Proto` are our own proxy's. */
  readonly trustProxy: boolean;
  /** Origins under which browsers reach the node, such as `https://files.example`. */
  readonly publicOrigins: readonly string[];
  /** The path under which browsers reach the node; "" for the root. */
  readonly basePath: string;
}

/** The host with its port, as `URL.host` writes it; null when the request names none that is valid. */
export function requestHost(request: Request, front: Front): string | null {
  const forwarded = front.trustProxy ? firstOf(request.headers.get("x-forwarded-host")) : null;
  const host = forwarded ?? request.headers.get("host");
  if (host === null) return new URL(request.url).host;
  const url = `${isHttps(request, front) ? "https" : "http"}://${host}`;
  return URL.canParse(url) ? new URL(url).host : null;
}

/** All hosts that a request names: by its own word, and each that a trusted proxy passes on. */
export function namedHosts({ headers }: Request, { trustProxy }: Front): string[] {
  const forwarded = trustProxy ? (headers.get("x-forwarded-host")?.split(",") ?? []) : [];
  return [headers.get("host") ?? "", ...forwarded].map((host) => host.trim()).filter((host) => host !== "");
}

/**
 * True when the browser's own connection is encrypted, as far as one can know. Public origins that are all `https:` say
 * it first: a proxy may end the encryption and say nothing of it, or the next proxy in the row that it is over.
 */
export function isHttps(request: Request, { trustProxy, publicOrigins }: Front): boolean {
  if (publicOrigins.length > 0 && publicOrigins.every((origin) => origin.startsWith("https:"))) return true;
  const forwarded = trustProxy ? firstOf(request.headers.get("x-forwarded-proto")) : null;
  return forwarded === null ? request.url.startsWith("https:") : forwarded.toLowerCase() === "https";
}

/** Proxies in a row append to the list: the first entry is the one nearest to the browser. */
function firstOf(header: string | null): string | null {
  return header?.split(",")[0]?.trim() || null;
}
