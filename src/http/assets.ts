/** @module `/carryout/{file}`: the built browser files, from a list that is read once at the start. */

import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Hono } from "hono";
import { CarryoutError, messageOf } from "../errors.ts";
import { etagOf, evaluateConditions } from "./conditional.ts";
import { HttpProblem } from "./problems.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".map": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
};

/** The content under a name with a digest never changes. */
const FINGERPRINTED = /[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$/;

/** Types that are already compressed. */
const COMPACT = new Set([".png", ".woff2"]);

/** One representation of an asset. */
interface Variant {
  bytes: Uint8Array<ArrayBuffer>;
  etag: string;
  headers: Record<string, string>;
}

interface Asset {
  identity: Variant;
  /** Null if it would not be smaller. */
  gzip: Variant | null;
}

/** Throws `invalid-config` if the folder can't be read. Files added later are not served. */
export function assetRoutes(app: Hono, dir: string): void {
  const assets = readAssets(dir);
  app.get("/carryout/:file", (context) => {
    const asset = assets.get(context.req.param("file"));
    if (!asset) throw new HttpProblem("no-such-route", "No such asset.");
    const { headers } = context.req.raw;
    const { bytes, etag, ...variant } =
      (acceptsGzip(headers.get("accept-encoding")) && asset.gzip) || asset.identity;
    const verdict = evaluateConditions(headers, { etag, modifiedAt: null });
    if (verdict === "not-modified") return context.body(null, 304, variant.headers);
    return context.body(bytes, 200, variant.headers);
  });
}

/** True when gzip is named and not refused by `q=0` (RFC 9110, section 12.5.3). */
function acceptsGzip(accepted: string | null): boolean {
  return (accepted ?? "").split(",").some((item) => {
    const [coding = "", ...parameters] = item.split(";").map((text) => text.trim().toLowerCase());
    return coding === "gzip" && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

function readAssets(dir: string): Map<string, Asset> {
  try {
    const names = readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isFile() && extname(entry.name) in TYPES)
      .map((entry) => entry.name);
    return new Map(names.map((name) => [name, readAsset(dir, name)]));
  } catch (cause) {
    throw new CarryoutError("invalid-config", `the assets in ${dir} can't be read: ${messageOf(cause)}`, {
      cause,
    });
  }
}

function readAsset(dir: string, name: string): Asset {
  const bytes = new Uint8Array(readFileSync(join(dir, name)));
  const caching = FINGERPRINTED.test(name) ? "public, max-age=31536000, immutable" : "public, no-cache";
  const headers = {
    "Content-Type": TYPES[extname(name)] as string,
    "Cache-Control": caching,
    Vary: "Accept-Encoding",
  };
  const identity = variant(bytes, headers);
  const zipped = COMPACT.has(extname(name)) ? bytes : new Uint8Array(gzipSync(bytes, { level: 9 }));
  const isSmaller = zipped.byteLength < bytes.byteLength;
  return { identity, gzip: isSmaller ? variant(zipped, { ...headers, "Content-Encoding": "gzip" }) : null };
}

/** Each representation has its own entity tag, since its bytes differ. */
function variant(bytes: Uint8Array<ArrayBuffer>, headers: Record<string, string>): Variant {
  const etag = etagOf(bytes);
  return { bytes, etag, headers: { ...headers, ETag: etag } };
}
