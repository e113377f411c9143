/** @module What makes two requests equal. */

import { hash } from "node:crypto";
import { canonicalJson, type Json } from "./json.ts";

/** What is kept of an idempotency key: as long for every key, and nothing that anybody could send again. */
export function digestOfKey(key: string): string {
  return hash("sha256", key, "base64url");
}

/** SHA-256 over kind and canonical parameters, base64url: equal requests have equal fingerprints. */
export function fingerprint(kind: string, params: Json): string {
  return hash("sha256", `${kind}\n${canonicalJson(params)}`, "base64url");
}
