/** @module The SDK's client, set up for servers other than AWS as well. */

import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import type { S3Place } from "./s3-url.ts";

/** For the connection, not for the answer. */
const CONNECT_MS = 5_000;
/** Servers other than AWS accept it, whatever their own. */
const ANY_REGION = "us-east-1";

/** Credentials come from the SDK's chain: environment, configuration files, roles of containers and machines. */
export function openClient(
  { region, endpoint, pathStyle }: Pick<S3Place, "region" | "endpoint" | "pathStyle">,
  handler?: S3ClientConfig["requestHandler"],
): S3Client {
  // A reader holds its socket for as long as its visitor takes: no number of them may block a `put`.
  const agent = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY };
  const given = region ?? (endpoint === null ? null : process.env.AWS_REGION || ANY_REGION);
  return new S3Client({
    ...(given !== null && { region: given }),
    ...(endpoint !== null && { endpoint }),
    forcePathStyle: pathStyle,
    // The checksums that AWS added in 2025 are refused by other servers, and the SHA-256 of the bytes is sent anyway.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    // Calls are repeated by `S3Calls`, with the deadlines of this store.
    maxAttempts: 1,
    requestHandler: handler ?? { connectionTimeout: CONNECT_MS, httpAgent: agent, httpsAgent: agent },
  });
}
