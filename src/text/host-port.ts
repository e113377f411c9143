/** @module `HOST` and `HOST:PORT`, as URLs and options name a server. */

export interface HostPort {
  /** A name or an address; IPv6 without brackets. */
  host: string;
  /** Null if none is given. */
  port: number | null;
}

/** Null for anything else. An IPv6 address has to be in brackets. */
export function readHostPort(text: string): HostPort | null {
  const parts = /^(\[[0-9a-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/i.exec(text);
  const port = parts?.[2] === undefined ? null : Number(parts[2]);
  if (!parts || (port !== null && (port < 1 || port > 65_535))) return null;
  return { host: parts[1]!.replace(/^\[|\]$/g, ""), port };
}

/** `host:port`, with brackets around an IPv6 address. */
export function shownHost({ host, port }: { host: string; port: number }): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
