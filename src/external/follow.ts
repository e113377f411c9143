/** @module Signs a request, and follows its redirects. */

import { systemClock } from "../clock/system.ts";
import { type Answer, type Connecting, exchange } from "./exchange.ts";
import { ExternalError } from "./external-error.ts";
import { checkedUrl, type Hop } from "./http-request.ts";
import { type SigningKey, signatureHeaders } from "./signature.ts";

const MOST_REDIRECTS = 5;
/** Which part of the file is wanted; only GET has ranges (RFC 9110, section 14.2). */
export interface Part {
  /** The first byte. */
  from: number;
  /** Strong: the service sends the part if this tag still names the file, otherwise all of the new one. */
  etag: string;
}

export interface Followed extends Answer {
  /** The URL that answered. */
  url: URL;
  method: string;
}

/**
 * The author's headers and the signature are sent to the first origin only. Each hop is checked, resolved and connected
 * like the first. `redirect-not-allowed` for a sixth redirect, for one from https to http, and for one that would send
 * a body elsewhere.
 */
export async function follow(
  asked: Hop,
  connecting: Connecting,
  key: SigningKey | undefined,
  part: Part | null = null,
): Promise<Followed> {
  const { origin } = asked.url;
  let hop = asked;
  let isKnown = true;
  for (let redirects = 0; ; redirects++) {
    const answer = await exchange(dressed(hop, isKnown ? key : undefined, part), connecting);
    const { statusCode = 0, headers } = answer.response;
    if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined) {
      return { ...answer, url: hop.url, method: hop.method };
    }
    answer.response.destroy();
    if (redirects === MOST_REDIRECTS)
      throw notAllowed(`${origin} redirects more than ${MOST_REDIRECTS} times`);
    const next = redirected(hop, statusCode, headers.location);
    // Once a request has left the origin, a redirect back to it is not trusted.
    isKnown &&= next.url.origin === origin;
    if (!isKnown && next.body.length > 0) {
      throw notAllowed(`${hop.url.origin} redirects a request with its body to ${next.url.origin}`);
    }
    hop = isKnown ? next : { ...next, headers: { accept: asked.headers.accept ?? "*/*" } };
  }
}

/** RFC 9110, section 15.4. */
function redirected({ url, method, headers, body }: Hop, status: number, location: string): Hop {
  const next = nextUrl(location, url);
  if (url.protocol === "https:" && next.protocol === "http:") {
    throw notAllowed(`${url.origin} redirects from https to http`);
  }
  const isRepeated = status === 307 || status === 308 || (status !== 303 && method === "GET");
  if (isRepeated) return { url: next, method, headers, body };
  const { "content-type": _, ...others } = headers;
  return { url: next, method: "GET", headers: others, body: new Uint8Array(0) };
}

function nextUrl(location: string, url: URL): URL {
  try {
    return checkedUrl(location, url);
  } catch (error) {
    throw notAllowed(`${url.origin} redirects to what is no address: ${(error as Error).message}`);
  }
}

function dressed(hop: Hop, key: SigningKey | undefined, part: Part | null): Hop {
  const { url, method, body } = hop;
  const isPart = part !== null && method === "GET";
  const created = Math.floor(systemClock.now() / 1000);
  return {
    ...hop,
    headers: {
      ...hop.headers,
      // The file is stored as sent.
      "accept-encoding": "identity",
      ...(isPart && { range: `bytes=${part.from}-`, "if-range": part.etag }),
      ...(key && signatureHeaders({ method, url, body, created, nonce: systemClock.id() }, key)),
    },
  };
}

function notAllowed(message: string): ExternalError {
  return new ExternalError("redirect-not-allowed", message, { retriable: false });
}
