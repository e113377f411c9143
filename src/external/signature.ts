/** @module HTTP Message Signatures (RFC 9421) with HMAC-SHA-256: the sender, the request and its time. */

import { createHash, createHmac } from "node:crypto";

export interface SigningKey {
  /** Shared with the service. Its UTF-8 bytes are the key. */
  secret: string;
  /** Tells the service which key was used. Default "carryout". */
  keyId?: string;
}

export interface SignedMessage {
  method: string;
  url: URL;
  body: Uint8Array;
  /** Seconds since 1970. */
  created: number;
  /** Different for each request. */
  nonce: string;
}

/** The signed components, in this order. The digest covers the body. */
const COVERED = ["@method", "@authority", "@path", "@query", "content-digest"] as const;

/** `Content-Digest`, `Signature-Input` and `Signature`, all lower-case. */
export function signatureHeaders(
  { method, url, body, created, nonce }: SignedMessage,
  { secret, keyId = "carryout" }: SigningKey,
): Record<string, string> {
  const digest = `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
  const values: Record<(typeof COVERED)[number], string> = {
    "@method": method,
    "@authority": url.host,
    "@path": url.pathname,
    "@query": url.search === "" ? "?" : url.search,
    "content-digest": digest,
  };
  const parameters = `;created=${created};nonce="${nonce}";keyid="${keyId}";alg="hmac-sha256"`;
  const lines = COVERED.map((name): [string, string] => [name, values[name]]);
  const { base, input } = signatureBase(lines, parameters);
  return {
    "content-digest": digest,
    "signature-input": `carryout=${input}`,
    signature: `carryout=:${hmac(secret, base)}:`,
  };
}

/** RFC 9421, section 2.5. */
export function signatureBase(
  components: readonly (readonly [name: string, value: string])[],
  parameters: string,
): { base: string; input: string } {
  const input = `(${components.map(([name]) => `"${name}"`).join(" ")})${parameters}`;
  const lines = components.map(([name, value]) => `"${name}": ${value}`);
  return { base: [...lines, `"@signature-params": ${input}`].join("\n"), input };
}

/** Base64. */
export function hmac(secret: string | Uint8Array, text: string): string {
  return createHmac("sha256", secret).update(text, "utf8").digest("base64");
}
