/** @module Shows a URL without what may be secret in it. */

/** A URL that is safe to show: without its options and, if it has hosts, without anything before its last "@". */
export function withoutSecrets(url: string): string {
  const parts = /^([a-z0-9+.-]*:\/\/)(.*@)?([^?]*)(\?)?/is.exec(url);
  if (!parts) return url;
  const [, scheme, login, hosts, options] = parts;
  return `${scheme}${login === undefined ? "" : "…@"}${hosts}${options === undefined ? "" : "?…"}`;
}
