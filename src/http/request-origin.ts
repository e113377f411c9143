/** @module The host and scheme of a request, as stated by itself, a trusted proxy or the configuration. */

/** What is known about the route from the browser to this node. */
export interface Front {
  /** `X-Forwarded-Host` and `X-Forwarded-Proto` were set by our own proxy. */
  readonly trustProxy: boolean;
  /** Origins under which browsers reach the node, such as `https://files.example`. */
  readonly publicOrigins: readonly string[];
  /** The path under which browsers reach the node; "" for the root. */
  readonly basePath: string;
}

/** The host with its port, in the form of `URL.host`; null if the request names no valid one. */
export function requestHost(request: Request, front: Front): string | null {
  const forwarded = front.trustProxy ? firstOf(request.headers.get("x-forwarded-host")) : null;
  const host = forwarded ?? request.headers.get("host");
  if (host === null) return new URL(request.url).host;
  const url = `${isHttps(request, front) ? "https" : "http"}://${host}`;
  return URL.canParse(url) ? new URL(url).host : null;
}

/** All hosts that a request names: its own, and each one passed on by a trusted proxy. */
export function namedHosts({ headers }: Request, { trustProxy }: Front): string[] {
  const forwarded = trustProxy ? (headers.get("x-forwarded-host")?.split(",") ?? []) : [];
  return [headers.get("host") ?? "", ...forwarded].map((host) => host.trim()).filter((host) => host !== "");
}

/**
 * True if the browser's own connection is known to be encrypted. Public origins that are all `https:` take precedence:
 * a proxy may terminate TLS without saying so, or another proxy behind it may report plain http.
 */
export function isHttps(request: Request, { trustProxy, publicOrigins }: Front): boolean {
  if (publicOrigins.length > 0 && publicOrigins.every((origin) => origin.startsWith("https:"))) return true;
  const forwarded = trustProxy ? firstOf(request.headers.get("x-forwarded-proto")) : null;
  return forwarded === null ? request.url.startsWith("https:") : forwarded.toLowerCase() === "https";
}

/** Each proxy appends to the list: the first entry is the one nearest to the browser. */
function firstOf(header: string | null): string | null {
  return header?.split(",")[0]?.trim() || null;
}
