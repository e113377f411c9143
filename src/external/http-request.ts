/** @module A generator author's request to a service, validated. */

import { validateHeaderName, validateHeaderValue } from "node:http";
import { valueName } from "../text/value-name.ts";
import { ExternalError } from "./external-error.ts";

export interface HttpRequest {
  /** `http:` or `https:`, without user and password. */
  url: string | URL;
  /** Default: GET, or POST with a body. */
  method?: "GET" | "POST" | "PUT" | "PATCH";
  /** Sent only to the origin of `url`, even after redirects. */
  headers?: Readonly<Record<string, string | undefined>>;
  /** Text and bytes are sent as they are, everything else as JSON. */
  body?: unknown;
}

/** One request of possibly several, when a service redirects. */
export interface Hop {
  url: URL;
  method: string;
  /** By lower-case name. */
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
}

const METHODS = ["GET", "POST", "PUT", "PATCH"];
/** Set by Carryout or by the HTTP client. */
const OURS =
  /^(host|connection|content-length|transfer-encoding|te|trailer|upgrade|expect|accept-encoding|range|if-range|content-digest|signature|signature-input)$/;

/** `request-invalid`, not retriable, for invalid requests. Contains no values, as those may be secret. */
export function checkedRequest(given: unknown): Hop {
  if (typeof given !== "object" || given === null) {
    throw invalid(`request must give { url, method, headers, body }, not ${valueName(given)}`);
  }
  const { url: address, method: asked, headers: added = {}, body: content } = given as Partial<HttpRequest>;
  const url = checkedUrl(typeof address === "string" || address instanceof URL ? String(address) : "");
  const method = asked ?? (content === undefined ? "GET" : "POST");
  if (!METHODS.includes(method)) throw invalid(`the method must be one of ${METHODS.join(", ")}`);
  if (method === "GET" && content !== undefined) throw invalid("a request with a body can't be a GET");
  const headers: Record<string, string> = { accept: "*/*" };
  const body = bytesOf(content);
  if (content !== undefined) headers["content-type"] = typeOf(content);
  for (const [name, value] of Object.entries(added)) {
    if (value !== undefined) headers[name.toLowerCase()] = checkedHeader(name, value);
  }
  return { url, method, headers, body };
}

/** From the author, or from a redirect. */
export function checkedUrl(text: string, base?: URL): URL {
  const url = URL.canParse(text, base) ? new URL(text, base) : null;
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw invalid("the URL must be absolute and begin with http:// or https://");
  }
  if (url.username !== "" || url.password !== "") {
    throw invalid("the URL must have no user and password: set the header authorization");
  }
  url.hash = "";
  return url;
}

function checkedHeader(name: string, value: string): string {
  if (OURS.test(name.toLowerCase())) throw invalid(`the header ${name} can't be set`);
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch {
    throw invalid(`the header ${JSON.stringify(name.slice(0, 80))} has a name or value that can't be sent`);
  }
  return value;
}

function bytesOf(content: unknown): Uint8Array {
  if (content === undefined) return new Uint8Array(0);
  if (content instanceof Uint8Array) return content;
  const text = typeof content === "string" ? content : JSON.stringify(content);
  if (text === undefined) throw invalid(`the body must be text, bytes or JSON, not ${valueName(content)}`);
  return Buffer.from(text, "utf8");
}

function typeOf(content: unknown): string {
  if (content instanceof Uint8Array) return "application/octet-stream";
  return typeof content === "string" ? "text/plain; charset=utf-8" : "application/json";
}

function invalid(message: string): ExternalError {
  return new ExternalError("request-invalid", message, { retriable: false });
}
