/** @module `/downloads/{id}/{name}`: the finished file, whole or in part, to its owner. */

import type { Context, Hono } from "hono";
import { isCarryoutError } from "../errors.ts";
import type { ByteRange } from "../ports/file-store.ts";
import type { DownloadStatus } from "../tracker/status.ts";
import { brokenDelivery } from "./broken-delivery.ts";
import { clientAddress } from "./client-address.ts";
import { evaluateConditions, httpDate, rangeApplies, type Validators } from "./conditional.ts";
import { dropReader } from "./connection.ts";
import { attachment } from "./disposition.ts";
import { ownDownload } from "./downloads.ts";
import { openFile } from "./file-body.ts";
import { presentDownload, retryAfterSeconds, servedName } from "./present.ts";
import { HttpProblem } from "./problems.ts";
import { parseRange } from "./range.ts";
import type { Services } from "./services.ts";
import { transferred } from "./transfer.ts";

export function fileRoutes(app: Hono, services: Services): void {
  // GET never consumes: mail scanners and download managers fetch more than once.
  app.get("/downloads/:id/:name", async (context) => {
    const status = await ownDownload(context, services);
    const continues = isContinuation(context.req.raw);
    const { file, modifiedAt } = servableFile(
      status,
      { name: context.req.param("name"), continues },
      services,
    );
    const validators: Validators = { etag: `"sha256-${file.sha256}"`, modifiedAt };

    const { headers, method } = context.req.raw;
    const verdict = evaluateConditions(headers, validators);
    if (verdict === "not-modified") return context.body(null, 304, validatorHeaders(validators));
    if (verdict === "failed") {
      throw new HttpProblem("precondition-failed", "The file does not match the condition.");
    }

    // HEAD is answered here: a store's URL is for one method.
    const address = method === "GET" ? await addressOf(context, services, status.download, file) : null;
    if (address !== null) {
      // Conditions and ranges are for the store, to which the client repeats them.
      return context.body(null, 302, { Location: address, "Cache-Control": "no-store" });
    }

    // Ranges are defined for GET alone.
    const asked = method === "GET" && rangeApplies(headers.get("if-range"), validators);
    const range = parseRange(asked ? headers.get("range") : null, file.size);
    if (range === "unsatisfiable") {
      throw new HttpProblem("range-not-satisfiable", `The file has ${file.size} bytes.`, {
        members: { size: file.size },
        headers: { "Content-Range": `bytes */${file.size}` },
      });
    }
    const response = await send(context, services, { download: status.download, file, validators, range });
    if (method === "GET" && !continues) services.fetches.note(status.download.id);
    return response;
  });
}

type ReadyFile = NonNullable<DownloadStatus["download"]["file"]>;

/** True for a range beyond the first byte, which continues an earlier transfer. */
function isContinuation({ method, headers }: Request): boolean {
  return method === "GET" && /^\s*bytes\s*=\s*0*[1-9]\d*\s*-/i.test(headers.get("range") ?? "");
}

/**
 * The file, if it exists and has this name. An expired one is only for transfers that have begun. Fails with
 * `not-ready`, `expired`, `file-lost` or `not-found`.
 */
function servableFile(
  status: DownloadStatus,
  { name, continues }: { name: string; continues: boolean },
  { basePath, clock }: Services,
) {
  const { state, file, error, expiresAt, finishedAt, requestedAt } = status.download;
  if (expiresAt !== null && expiresAt <= clock.now() && !(continues && file)) {
    throw new HttpProblem(
      "expired",
      `The file expired at ${new Date(expiresAt).toISOString()}. Request it again.`,
    );
  }
  if (error?.code === "file-lost") throw new HttpProblem("file-lost", error.message);
  if (state !== "ready" || !file) {
    const wait = retryAfterSeconds(status);
    const detail = error ? `The download failed: ${error.message}` : "The file is still being generated.";
    throw new HttpProblem("not-ready", detail, {
      members: { download: presentDownload(status, basePath) },
      headers: wait === null ? {} : { "Retry-After": String(wait) },
    });
  }
  if (name !== servedName(file.name))
    throw new HttpProblem("not-found", "The download has no file with this name.");
  return { file, modifiedAt: finishedAt ?? requestedAt };
}

/** Where the store delivers this file to whoever knows the address, for a short time; null if this node sends it. */
async function addressOf(
  context: Context,
  services: Services,
  download: DownloadStatus["download"],
  file: ReadyFile,
): Promise<string | null> {
  const headers = { contentType: mediaType(file.type), contentDisposition: attachment(file.name) };
  try {
    return await services.carryout.address(file, headers);
  } catch (error) {
    throw await lostOr(error, context, services, download);
  }
}

interface Delivery {
  download: DownloadStatus["download"];
  file: ReadyFile;
  validators: Validators;
  range: ByteRange | "whole";
}

async function send(context: Context, services: Services, delivery: Delivery): Promise<Response> {
  const { download, file, validators, range } = delivery;
  const { carryout, transfers, limits, clock, trustProxy, refused } = services;
  const { start, end } = range === "whole" ? { start: 0, end: file.size - 1 } : range;
  const size = end - start + 1;
  const status = range === "whole" ? 200 : 206;
  const headers = {
    ...validatorHeaders(validators),
    ...representationHeaders(file),
    "Content-Length": String(size),
    ...(range === "whole" ? {} : { "Content-Range": `bytes ${start}-${end}/${file.size}` }),
  };
  if (context.req.raw.method === "HEAD" || size === 0) return context.body(null, status, headers);
  const leave = transfers.enter({ address: clientAddress(context, trustProxy), user: download.user });
  try {
    const source = transferred(carryout.read(file, range === "whole" ? undefined : range), {
      clock,
      writeTimeoutMs: limits.writeTimeoutMs,
      onStalled: () => {
        refused(context, "writeTimeoutMs");
        dropReader(context);
      },
      onEnd: leave,
    });
    const onBroken = brokenDelivery(services, download);
    return context.body(await openFile(context, services, source, size, onBroken), status, headers);
  } catch (error) {
    leave();
    throw await lostOr(error, context, services, download);
  }
}

/** The problem to answer with if bytes of the file are missing, which is recorded; any other error as it is. */
async function lostOr(
  error: unknown,
  context: Context,
  services: Services,
  { user, id }: DownloadStatus["download"],
): Promise<unknown> {
  if (!isCarryoutError(error, "missing-part")) return error;
  await services.carryout.reportMissing(user, id);
  // Dismissed between reading the record and the first byte: then it no longer exists.
  await ownDownload(context, services);
  return new HttpProblem("file-lost", "The file no longer exists. Request it again.", { cause: error });
}

function validatorHeaders({ etag, modifiedAt }: Validators): Record<string, string> {
  return {
    ETag: etag,
    "Last-Modified": httpDate(modifiedAt as number),
    "Cache-Control": "private, no-transform",
    "Accept-Ranges": "bytes",
  };
}

/** Headers that describe the whole file, sent with ranges too. */
function representationHeaders(file: ReadyFile): Record<string, string> {
  return {
    "Content-Type": mediaType(file.type),
    "Content-Disposition": attachment(file.name),
    "Repr-Digest": `sha-256=:${Buffer.from(file.sha256, "hex").toString("base64")}:`,
    // If it is opened in a tab nevertheless: no scripts, no forms, no access to our origin.
    "Content-Security-Policy": "sandbox",
  };
}

const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+[\x20-\x7e]*$/;

/** A generator's value; it is not put into a header unless it is a media type. */
function mediaType(type: string): string {
  return MEDIA_TYPE.test(type) ? type : "application/octet-stream";
}
