/** @module Conditional requests (RFC 9110, section 13) against a strong entity tag and a date. */

import { createHash } from "node:crypto";

/** What identifies a representation. */
export interface Validators {
  /** Strong, with its quotes. */
  etag: string;
  /** Milliseconds since the epoch; null without a date. */
  modifiedAt: number | null;
}

interface Tag {
  value: string;
  weak: boolean;
}

/** A strong entity tag over a body. */
export function etagOf(body: string | Uint8Array): string {
  return `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;
}

/** How to answer a GET or HEAD, in the RFC's order of precedence. */
export function evaluateConditions(
  headers: Headers,
  current: Validators,
): "go-on" | "not-modified" | "failed" {
  const ifMatch = headers.get("if-match");
  if (ifMatch !== null) {
    if (!matches(ifMatch, current.etag, "strong")) return "failed";
  } else if (isAfter(current.modifiedAt, headers.get("if-unmodified-since"))) {
    return "failed";
  }
  const ifNoneMatch = headers.get("if-none-match");
  if (ifNoneMatch !== null) return matches(ifNoneMatch, current.etag, "weak") ? "not-modified" : "go-on";
  return isNotAfter(current.modifiedAt, headers.get("if-modified-since")) ? "not-modified" : "go-on";
}

/**
 * True when `Range` may be used: there is no `If-Range`, or it names exactly this representation. A date counts as
 * a strong validator here because the bytes behind a download's id never change.
 */
export function rangeApplies(ifRange: string | null, current: Validators): boolean {
  if (ifRange === null) return true;
  if (/^\s*(W\/)?"/.test(ifRange)) return ifRange.trim() === current.etag;
  const date = parseHttpDate(ifRange);
  return date !== null && current.modifiedAt !== null && date === wholeSeconds(current.modifiedAt);
}

function matches(header: string, etag: string, comparison: "strong" | "weak"): boolean {
  if (header.trim() === "*") return true;
  return parseTags(header).some((tag) => tag.value === etag && (comparison === "weak" || !tag.weak));
}

function parseTags(header: string): Tag[] {
  return [...header.matchAll(/(W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g)].map(([, weak, value]) => ({
    value: value as string,
    weak: weak !== undefined,
  }));
}

function isAfter(modifiedAt: number | null, header: string | null): boolean {
  const date = parseHttpDate(header);
  return modifiedAt !== null && date !== null && wholeSeconds(modifiedAt) > date;
}

function isNotAfter(modifiedAt: number | null, header: string | null): boolean {
  const date = parseHttpDate(header);
  return modifiedAt !== null && date !== null && wholeSeconds(modifiedAt) <= date;
}

const DAY = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /;

/** Parses the three formats of RFC 9110, section 5.6.7, to milliseconds; null for anything else. */
export function parseHttpDate(header: string | null): number | null {
  const text = header?.trim() ?? "";
  if (!DAY.test(text)) return null;
  // The oldest format (asctime) names no zone but means GMT.
  const date = Date.parse(text.endsWith(" GMT") ? text : `${text} GMT`);
  return Number.isNaN(date) ? null : date;
}

export function httpDate(ms: number): string {
  return new Date(ms).toUTCString();
}

/** Header dates have whole seconds, so the comparison does too. */
function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1_000) * 1_000;
}
