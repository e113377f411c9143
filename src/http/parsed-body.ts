/** @module Bodies that the host application's middleware has already read. */

import type { IncomingMessage } from "node:http";
import { CarryoutError } from "../errors.ts";

/** What body parsers add to a request. */
type ParsedRequest = IncomingMessage & { body?: unknown; rawBody?: unknown };

/**
 * Restores the bytes of a body that was already read, from `request.rawBody` or `request.body`. Leaves unread bodies
 * alone. Throws `invalid-config` if nothing was kept from which it could be restored.
 */
export function restoreBody(request: ParsedRequest): void {
  if (!request.readableDidRead || !hasBody(request) || Buffer.isBuffer(request.rawBody)) return;
  const bytes = bytesOf(request.body, request.headers["content-type"] ?? "");
  if (bytes === null) {
    throw new CarryoutError(
      "invalid-config",
      "middleware has read this request's body and left nothing in request.body that Carryout can use: mount the node before it",
    );
  }
  // The property in which the server's adapter expects a body that is no longer a stream.
  request.rawBody = bytes;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function bytesOf(body: unknown, type: string): Buffer | null {
  if (Buffer.isBuffer(body)) return body;
  if (typeof body === "string") return Buffer.from(body);
  if (typeof body !== "object" || body === null) return null;
  if (/^application\/json\b/i.test(type)) return Buffer.from(JSON.stringify(body));
  return /^application\/x-www-form-urlencoded\b/i.test(type) ? formOf(Object.entries(body)) : null;
}

/** Nested fields are not supported: the parameters check reports them. */
function formOf(fields: readonly [string, unknown][]): Buffer {
  const form = new URLSearchParams();
  for (const [name, value] of fields) for (const one of [value].flat()) form.append(name, String(one));
  return Buffer.from(form.toString());
}
