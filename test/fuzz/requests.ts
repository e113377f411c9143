/** @module Malformed requests, drawn from the seed. */

import type { Chance } from "../sim/chance.ts";
import { body } from "./bodies.ts";
import { json, mutated, piece, text } from "./noise.ts";
import type { RawRequest } from "./raw-http.ts";

/** What the fuzzer knows about the users, as an attacker might. */
export interface Known {
  port: number;
  /** The fuzzer's own users. */
  own: readonly KnownUser[];
  /** Another user, whose cookie is only ever sent in pieces. */
  foreign: KnownUser;
}

export interface KnownUser {
  /** `name=value`, valid. */
  cookie: string;
  /** Ids of finished downloads. */
  ids: readonly string[];
  /** Strong entity tags of their files. */
  etags: readonly string[];
}

/** One request; the same random numbers give the same bytes. */
export function drawRequest(chance: Chance, known: Known): RawRequest {
  const method = chance.weighted(METHODS);
  const user = chance.pick(known.own);
  const target = drawTarget(chance, known, method, user);
  const headers = drawHeaders(chance, known, user);
  const hasBody = method === "POST" ? chance.is(0.9) : chance.is(0.05);
  const given = hasBody ? body(chance) : { headers: [], bytes: Buffer.alloc(0), isComplete: true };
  const framing = chance.is(0.03) ? [chance.pick(BAD_FRAMING)] : [];
  const version = chance.weighted(VERSIONS);
  const lines = [`${method} ${target} ${version}`, ...headers, ...given.headers, ...framing];
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, chance.is(0.1) ? "latin1" : "utf8");
  // So that no test waits for a connection that the server keeps open.
  const isComplete =
    given.isComplete && framing.length === 0 && version === "HTTP/1.1" && method !== "CONNECT";
  return { bytes: Buffer.concat([head, given.bytes]), isHead: method === "HEAD", isComplete };
}

const METHODS = [
  { weight: 40, value: "GET" },
  { weight: 8, value: "HEAD" },
  { weight: 30, value: "POST" },
  { weight: 8, value: "DELETE" },
  { weight: 3, value: "PUT" },
  { weight: 3, value: "PATCH" },
  { weight: 3, value: "OPTIONS" },
  { weight: 1, value: "TRACE" },
  { weight: 1, value: "CONNECT" },
  { weight: 1, value: "PROPFIND" },
  { weight: 1, value: "QUERY" },
  { weight: 1, value: "get" },
  { weight: 1, value: "NONSENSE" },
];
const VERSIONS = [
  { weight: 96, value: "HTTP/1.1" },
  { weight: 2, value: "HTTP/1.0" },
  { weight: 1, value: "HTTP/2.0" },
  { weight: 1, value: "HTP/1.1" },
];
const BAD_FRAMING = [
  "Content-Length: 5",
  "Content-Length: -1",
  "Content-Length: 99999999999999999999",
  "Content-Length: 0x10",
  "Content-Length: 1\r\nContent-Length: 2",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: gzip, chunked",
  "Transfer-Encoding: chunked\r\nContent-Length: 3",
  "Expect: 100-continue",
  "Expect: miracles",
  "Upgrade: websocket\r\nConnection: Upgrade",
  "Connection: keep-alive, upgrade\r\nUpgrade: h2c",
  " folded: header",
  "no colon at all",
];

function drawTarget(chance: Chance, { port, foreign }: Known, method: string, user: KnownUser): string {
  const id = chance.weighted([
    { weight: 80, value: chance.pick(user.ids.length > 0 ? user.ids : foreign.ids) },
    { weight: 12, value: chance.pick(foreign.ids) },
    { weight: 8, value: text(chance) },
  ]);
  const name = chance.pick(["lines%20%E2%80%93%20%C3%BC.txt", "bad.txt", "..", text(chance)]);
  const file = `/downloads/${id}/lines%20%E2%80%93%20%C3%BC.txt`;
  const usual =
    method === "POST" ? "/downloads" : method === "DELETE" ? `/downloads/${chance.pick(foreign.ids)}` : file;
  const path = chance.is(0.6)
    ? usual
    : chance.pick([
        "/",
        "/downloads",
        "/downloads/",
        `/downloads/${id}`,
        `/downloads/${id}`,
        `/downloads/${id}/${name}`,
        `/downloads/${id}/${name}/${name}`,
        "/downloads/events",
        "/cluster",
        "/cluster/nodes",
        "/cluster/events",
        `/cluster/nodes/${text(chance)}/drain`,
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
        `/carryout/${chance.pick(["elements.js", "../../package.json", "%2e%2e/%2e%2e/package.json", text(chance)])}`,
        `/${text(chance)}`,
      ]);
  const query = chance.is(0.15) ? `?${text(chance)}` : "";
  const changed = chance.is(0.15) ? mutated(chance, path) : path;
  const target = chance.is(0.1) ? changed : changed.replace(NOT_IN_TARGETS, "_");
  if (chance.is(0.02)) return `/downloads/${"a".repeat(chance.whole(1_000, 30_000))}`;
  if (chance.is(0.03)) return `http://${chance.pick(["evil.example", `127.0.0.1:${port}`, ""])}${target}`;
  return chance.is(0.01) ? "*" : `${target}${query}`;
}

function drawHeaders(chance: Chance, known: Known, user: KnownUser): string[] {
  const cookie = () => drawCookie(chance, user, known.foreign);
  const tags = [...user.etags, ...known.foreign.etags];
  const headers = [`Host: ${chance.is(0.9) ? `127.0.0.1:${known.port}` : drawHost(chance)}`];
  if (chance.is(0.02)) headers.pop();
  const add = (probability: number, name: string, value: () => string) => {
    if (!chance.is(probability)) return;
    // Most characters that are illegal in headers are left out: the parser would reject the whole request.
    const words = chance.is(0.05) ? value() : value().replace(NOT_IN_HEADERS, "");
    headers.push(`${name}: ${words}`);
  };
  add(0.9, "Cookie", cookie);
  add(0.1, "Cookie", cookie);
  add(0.15, "Origin", () => drawOrigin(chance, known));
  add(0.1, "Sec-Fetch-Site", () =>
    chance.pick(["same-origin", "none", "cross-site", "SAME-ORIGIN", text(chance)]),
  );
  add(0.4, "Range", () => drawRange(chance));
  add(0.25, "Idempotency-Key", () => drawKey(chance));
  add(0.02, "Idempotency-Key", () => drawKey(chance));
  add(0.12, "If-Range", () => drawTag(chance, tags));
  add(0.15, "If-None-Match", () => drawTags(chance, tags));
  add(0.08, "If-Match", () => drawTags(chance, tags));
  add(0.08, "If-Modified-Since", () => drawDate(chance));
  add(0.05, "If-Unmodified-Since", () => drawDate(chance));
  add(0.1, "Accept", () => chance.pick(["*/*", "text/html", "application/json;q=x", text(chance)]));
  add(0.05, "Referer", () => mutated(chance, `http://127.0.0.1:${known.port}/page?x=1`));
  add(0.05, "X-Forwarded-Host", () => text(chance));
  add(0.05, "X-Forwarded-Proto", () => text(chance));
  add(0.05, "Authorization", () => chance.pick(["Bearer x", "Bearer", "Basic e30=", text(chance)]));
  add(0.05, `X-${"n".repeat(chance.whole(1, 50))}`, () => text(chance));
  add(0.01, "X-Huge", () => "h".repeat(chance.whole(8_000, 40_000)));
  add(0.01, text(chance), () => text(chance));
  add(0.01, "X-Binary", () =>
    Array.from({ length: 20 }, () => String.fromCharCode(chance.whole(1, 255))).join(""),
  );
  if (chance.is(0.01)) headers.push(...Array.from({ length: 300 }, (_, index) => `X-Many-${index}: 1`));
  if (chance.is(0.7)) headers.push("Connection: close");
  return headers;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NOT_IN_HEADERS = /[\u0000-\u0008\u000a-\u001f\u007f]/g;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NOT_IN_TARGETS = /[\u0000-\u0020]/g;

function drawHost(chance: Chance): string {
  return chance.pick([
    "evil.example",
    "",
    "[::1",
    "a b",
    "localhost:99999",
    "127.0.0.1:1, x",
    "ä.example",
    text(chance),
  ]);
}

/** The fuzzer's own cookies as they are; a foreign one is never sent whole. */
function drawCookie(chance: Chance, { cookie: own }: KnownUser, foreign: KnownUser): string {
  const [name = "", value = ""] = foreign.cookie.split("=");
  const [version, user, issued, signature] = value.split(".");
  const [, , ownIssued, ownSignature] = (own.split("=")[1] ?? "").split(".");
  return chance.weighted<() => string>([
    { weight: 60, value: () => own },
    { weight: 5, value: () => `a=b; ${own}; c="d"` },
    { weight: 8, value: () => `${name}=${broken(chance, value)}` },
    { weight: 4, value: () => `${name}=${version}.${user}.${ownIssued}.${ownSignature}` },
    { weight: 4, value: () => `${name}=${version}.${user}.${issued}.` },
    { weight: 4, value: () => `${name}=${version}.${user}.${issued}.${"A".repeat(signature?.length ?? 0)}` },
    { weight: 4, value: () => `${name}=${user}` },
    { weight: 4, value: () => `${name}=${piece(chance)}; ${own}` },
    { weight: 4, value: () => mutated(chance, own) },
    { weight: 2, value: () => `${many(chance, `${name}=${piece(chance)}`)}; ${own}` },
    { weight: 2, value: () => `${own}; ${many(chance, chance.pick([own, "a=b", "=", ";"]))}` },
    { weight: 3, value: () => text(chance) },
  ])();
}

/** Repeated as often as the header limit allows, or more often. */
function many(chance: Chance, cookie: string): string {
  return Array.from({ length: chance.whole(10, 600) }, () => cookie).join("; ");
}

/** A few valid slots, so that requests collide. */
function drawKey(chance: Chance): string {
  const key = `key-${chance.whole(0, 9)}`;
  return chance.pick([
    `"${key}"`,
    `"${key}"`,
    key,
    `"${"k".repeat(chance.pick([255, 256, 3_000]))}"`,
    `"${key}`,
    `"${key}", "${key}"`,
    `"${key}";a=1`,
    '""',
    "",
    `:${Buffer.from(key).toString("base64")}:`,
    mutated(chance, `"${key}"`),
    text(chance),
  ]);
}

/** With one character changed, or its end missing. */
function broken(chance: Chance, value: string): string {
  const at = chance.whole(0, value.length - 1);
  if (chance.is(0.4)) return value.slice(0, at);
  const other = value[at] === "A" ? "B" : "A";
  return value.slice(0, at) + other + value.slice(at + 1);
}

function drawOrigin(chance: Chance, { port }: Known): string {
  const own = `http://127.0.0.1:${port}`;
  return chance.pick([
    own,
    own,
    "null",
    "https://evil.example",
    `${own}.evil.example`,
    mutated(chance, own),
    "",
  ]);
}

function drawRange(chance: Chance): string {
  const number = () =>
    chance.pick(["0", "1", "5", "100", "999999999999999999999999", "-1", "", "0x1", "1.5", "٣"]);
  const spec = () => `${number()}-${number()}`;
  return chance.pick([
    `bytes=${chance.whole(0, 9)}-${chance.whole(5, 3_000)}`,
    `bytes=${chance.whole(0, 3_000)}-`,
    `bytes=-${chance.whole(1, 3_000)}`,
    `bytes=${spec()}`,
    `bytes=${Array.from({ length: chance.whole(2, chance.pick([200, 200, 3_000])) }, spec).join(",")}`,
    `bytes = ${spec()}`,
    `BYTES=${spec()}`,
    `lines=${spec()}`,
    mutated(chance, "bytes=0-99"),
    text(chance),
  ]);
}

function drawTag(chance: Chance, etags: readonly string[]): string {
  const tag = chance.pick(etags);
  return chance.pick([
    tag,
    tag,
    `W/${tag}`,
    tag.slice(1),
    mutated(chance, tag),
    drawDate(chance),
    text(chance),
  ]);
}

function drawTags(chance: Chance, etags: readonly string[]): string {
  if (chance.is(0.2)) return "*";
  return Array.from({ length: chance.whole(0, 5) }, () => drawTag(chance, etags)).join(
    chance.pick([", ", ",", " "]),
  );
}

function drawDate(chance: Chance): string {
  const date = new Date(chance.whole(0, 2 ** 31) * 1_000).toUTCString();
  return chance.pick([
    date,
    mutated(chance, date),
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "0",
    String(json(chance, 0)),
  ]);
}
