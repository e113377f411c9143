/** @module `/carryout/{file}`: the built browser files, from a list that is read once at the start. */

import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
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

/** A name with a digest of its content never means another content. */
const FINGERPRINTED = /[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$/;

interface Asset {
  bytes: Uint8Array<ArrayBuffer>;
  etag: string;
  headers: Record<string, string>;
}

/** Throws `invalid-config` when the folder can't be read. Files that are added later are not served. */
export function assetRoutes(app: Hono, dir: string): void {
  const assets = readAssets(dir);
  app.get("/carryout/:file", (context) => {
    const asset = assets.get(context.req.param("file"));
    if (!asset) throw new HttpProblem("no-such-route", "There is no such asset.");
    const verdict = evaluateConditions(context.req.raw.headers, { etag: asset.etag, modifiedAt: null });
    if (verdict === "not-modified") return context.body(null, 304, asset.headers);
    return context.body(asset.bytes, 200, asset.headers);
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
  const etag = etagOf(bytes);
  const caching = FINGERPRINTED.test(name) ? "public, max-age=31536000, immutable" : "public, no-cache";
  return {
    bytes,
    etag,
    headers: { "Content-Type": TYPES[extname(name)] as string, "Cache-Control": caching, ETag: etag },
  };
}
