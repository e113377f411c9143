/** @module What makes two requests equal. */

import { hash } from "node:crypto";
import { canonicalJson, type Json } from "./json.ts";

/** Digest of an idempotency key: of fixed length, and useless to anyone who reads it. */
export function digestOfKey(key: string): string {
  return hash("sha256", key, "base64url");
}

/** SHA-256 over kind and canonical parameters, base64url: equal requests have equal fingerprints. */
export function fingerprint(kind: string, params: Json): string {
  return hash("sha256", `${kind}\n${canonicalJson(params)}`, "base64url");
}
