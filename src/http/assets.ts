/** @module `/carryout/{file}`: the built browser files, from a list that is read once at the start. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
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

/** The build writes this beside a file: strong compression takes too long for a node's start. */
const PRECOMPRESSED = ".br";

/** One representation of an asset. */
interface Variant {
  /** Its content coding (RFC 9110, section 8.4.1). */
  coding: string;
  bytes: Uint8Array<ArrayBuffer>;
  etag: string;
  headers: Record<string, string>;
}

/** The smallest one first. */
type Asset = readonly Variant[];

/** Throws `invalid-config` if the folder can't be read. Files added later are not served. */
export function assetRoutes(app: Hono, dir: string): void {
  const assets = readAssets(dir);
  app.get("/carryout/:file", (context) => {
    const asset = assets.get(context.req.param("file"));
    if (!asset) throw new HttpProblem("no-such-route", "No such asset.");
    const { headers } = context.req.raw;
    const { bytes, etag, ...variant } = preferred(asset, headers.get("accept-encoding") ?? "");
    const verdict = evaluateConditions(headers, { etag, modifiedAt: null });
    if (verdict === "not-modified") return context.body(null, 304, variant.headers);
    return context.body(bytes, 200, variant.headers);
  });
}

/** The one with the highest quality (RFC 9110, section 12.5.3), the smallest of equals; plain if none is accepted. */
function preferred(asset: Asset, accepted: string): Variant {
  const qualities = qualitiesIn(accepted);
  let [best, quality] = [asset.at(-1)!, 0];
  for (const variant of asset) {
    // Without being named, plain is accepted, but nothing that is named is worse.
    const own =
      qualities.get(variant.coding) ?? qualities.get("*") ?? (variant.coding === IDENTITY ? LEAST : 0);
    if (own > quality) [best, quality] = [variant, own];
  }
  return best;
}

const IDENTITY = "identity";
const LEAST = 0.0001;

function qualitiesIn(accepted: string): Map<string, number> {
  return new Map(
    accepted.split(",").map((item) => {
      const [coding = "", ...parameters] = item.split(";").map((text) => text.trim().toLowerCase());
      const given = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
      return [coding, given === undefined ? 1 : Number(given) || 0];
    }),
  );
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
  const plain = variant(IDENTITY, bytes, headers);
  if (COMPACT.has(extname(name))) return [plain];
  const brotli = join(dir, `${name}${PRECOMPRESSED}`);
  const compressed = [
    ...(existsSync(brotli) ? [variant("br", new Uint8Array(readFileSync(brotli)), headers)] : []),
    variant("gzip", new Uint8Array(gzipSync(bytes, { level: 9 })), headers),
  ];
  return [...compressed.filter((one) => one.bytes.byteLength < bytes.byteLength), plain];
}

/** Each representation has its own entity tag, since its bytes differ. */
function variant(coding: string, bytes: Uint8Array<ArrayBuffer>, common: Record<string, string>): Variant {
  const etag = etagOf(bytes);
  const encoding = coding === IDENTITY ? {} : { "Content-Encoding": coding };
  return { coding, bytes, etag, headers: { ...common, ...encoding, ETag: etag } };
}
