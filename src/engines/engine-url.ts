/** @module Parses the URLs that select an engine or a file store. */

import { CarryoutError } from "../errors.ts";
import { readS3Url } from "../files/s3/s3-url.ts";
import type { EngineFactory, Synchronous } from "../ports/engine.ts";
import type { FileStoreFactory } from "../ports/file-store-factory.ts";
import { nearest } from "../text/nearest.ts";
import { withoutSecrets } from "../text/without-secrets.ts";
import { memory, natsOf, postgresOf, sqlite } from "./engines.ts";
import { diskFiles, memoryFiles, s3Of } from "./files.ts";
import { isNatsScheme, readNatsUrl } from "./nats/nats-url.ts";
import { isPostgresScheme, readPostgresUrl } from "./postgres/postgres-url.ts";

const ENGINES = ["memory", "sqlite", "postgres", "postgresql", "nats", "tls", "nats+tls"];
const FILES = ["memory", "disk", "s3"];

/**
 * The engine selected by `memory:`, `sqlite:DIR` (`sqlite:///DIR`, `sqlite:DIR?synchronous=full`),
 * `postgres://HOST/DATABASE` (see `readPostgresUrl`) or `nats://HOST,HOST` (`tls://HOST`, see `readNatsUrl`). Throws
 * `invalid-config` with what was expected and what was given.
 */
export function readEngineUrl(url: string): EngineFactory {
  const given = JSON.stringify(withoutSecrets(url));
  const expected = `expected memory:, sqlite:DIR, postgres://HOST/DATABASE or nats://HOST, got ${given}`;
  const { scheme, rest } = split(url, { expected, known: ENGINES });
  if (isNatsScheme(scheme)) return natsOf(readNatsUrl(url));
  if (isPostgresScheme(scheme)) return postgresOf(readPostgresUrl(url));
  const { path, query } = splitQuery(rest);
  if (scheme === "memory") {
    if (rest !== "") throw invalid(`${expected}: memory: takes nothing after the colon`);
    return memory();
  }
  return sqlite({ dir: readFolder(path, expected), synchronous: readOptions(query, expected) });
}

/**
 * The store selected by `memory:`, `disk:DIR` or `s3://BUCKET/PREFIX` (see `readS3Url`). Throws `invalid-config` with what
 * was expected and what was given.
 */
export function readFilesUrl(url: string): FileStoreFactory {
  const given = JSON.stringify(withoutSecrets(url));
  const expected = `expected disk:DIR, s3://BUCKET/PREFIX or memory: for the files, got ${given}`;
  const { scheme, rest } = split(url, { expected, known: FILES });
  if (scheme === "s3") return s3Of(readS3Url(url));
  if (scheme === "disk") return diskFiles(readFolder(rest, expected));
  if (rest !== "") throw invalid(`${expected}: memory: takes nothing after the colon`);
  return memoryFiles();
}

function split(
  url: string,
  { expected, known }: { expected: string; known: string[] },
): { scheme: string; rest: string } {
  const colon = url.indexOf(":");
  const scheme = colon < 0 ? url : url.slice(0, colon);
  const rest = colon < 0 ? "" : url.slice(colon + 1);
  if (colon >= 0 && known.includes(scheme)) return { scheme, rest };
  const meant = nearest(scheme, known);
  throw invalid(
    meant === null ? expected : `${expected}; did you mean ${withoutSecrets(`${meant}:${rest}`)}?`,
  );
}

function splitQuery(rest: string): { path: string; query: URLSearchParams } {
  const mark = rest.indexOf("?");
  if (mark < 0) return { path: rest, query: new URLSearchParams() };
  return { path: rest.slice(0, mark), query: new URLSearchParams(rest.slice(mark + 1)) };
}

/** `dir`, `/abs` and `///abs` name folders; two slashes would name a host, which is not supported. */
function readFolder(path: string, expected: string): string {
  const folder = path.startsWith("///") ? path.slice(2) : path;
  if (folder === "") throw invalid(`${expected}: the folder is missing`);
  if (!folder.startsWith("//")) return folder;
  throw invalid(`${expected}: write the folder as "dir" or "/dir"; a host is not supported`);
}

function readOptions(query: URLSearchParams, expected: string): Synchronous | undefined {
  for (const name of query.keys()) {
    if (name === "synchronous") continue;
    const meant = nearest(name, ["synchronous"]);
    const hint = meant ? `did you mean ${meant}?` : "available: synchronous";
    throw invalid(`${expected}: unknown option ${JSON.stringify(name)}; ${hint}`);
  }
  const value = query.get("synchronous");
  if (value === null || value === "normal" || value === "full") return value ?? undefined;
  throw invalid(`${expected}: synchronous must be "normal" or "full", not ${JSON.stringify(value)}`);
}

function invalid(message: string): CarryoutError {
  return new CarryoutError("invalid-config", message);
}
