/** @module Malformed bodies, with headers that describe them, correctly or not. */

import type { Chance } from "../sim/chance.ts";
import { json, mutated, piece, text } from "./noise.ts";

export interface Body {
  headers: string[];
  bytes: Buffer;
  /** False when the server is right to wait for more. */
  isComplete: boolean;
}

export function body(chance: Chance): Body {
  const { type, bytes } = content(chance);
  const given = chance.is(0.1) ? mistakenType(chance) : type;
  const headers = given === null ? [] : [`Content-Type: ${given}`];
  const framed = chance.weighted(FRAMINGS)(chance, bytes);
  return { ...framed, headers: [...headers, ...framed.headers] };
}

interface Content {
  type: string;
  bytes: Buffer;
}

function content(chance: Chance): Content {
  return chance.weighted<() => Content>([
    { weight: 45, value: () => asJson(JSON.stringify(order(chance))) },
    { weight: 8, value: () => asJson(JSON.stringify(json(chance, 4)) ?? "") },
    { weight: 8, value: () => asJson(mutated(chance, JSON.stringify(order(chance)))) },
    { weight: 5, value: () => nested(chance) },
    { weight: 4, value: () => ({ type: JSON_TYPE, bytes: randomBytes(chance, 200) }) },
    { weight: 4, value: () => inAnotherCharset(chance) },
    { weight: 3, value: () => asJson(`{"kind":"lines","x":"${"x".repeat(chance.whole(60_000, 200_000))}"}`) },
    { weight: 2, value: () => asJson(`{"kind":"lines","kind":"whole","__proto__":{"slot":"x"}}`) },
    { weight: 12, value: () => form(chance) },
    { weight: 4, value: () => manyFields(chance) },
    { weight: 9, value: () => multipart(chance) },
  ])();
}

const JSON_TYPE = "application/json";

function asJson(words: string): Content {
  return { type: JSON_TYPE, bytes: Buffer.from(words, "utf8") };
}

const SLOTS = ["default", "one", "two", "three"];

/** Resembles a request for a small file; each member may be garbage. */
function order(chance: Chance): Record<string, unknown> {
  const or = (value: unknown) => (chance.is(0.15) ? json(chance) : value);
  const params = { lines: or(chance.whole(1, 5)), pace: or(0), seed: or("fuzz") };
  const asked: Record<string, unknown> = { kind: or(chance.pick(["lines", "whole", "throws"])) };
  if (chance.is(0.8)) asked.params = or(asked.kind === "throws" ? {} : params);
  if (chance.is(0.6)) asked.slot = chance.is(0.1) ? text(chance) : chance.pick(SLOTS);
  if (chance.is(0.05)) asked[text(chance)] = json(chance);
  return asked;
}

function nested(chance: Chance): Content {
  const depth = chance.pick([10, 63, 64, 65, 500, 5_000, 30_000]);
  const [open, close] = chance.pick([
    ["[", "]"],
    ['{"a":', "}"],
  ] as const);
  const inner = `${open.repeat(depth)}1${chance.is(0.8) ? close.repeat(depth) : ""}`;
  return asJson(chance.is(0.5) ? inner : `{"kind":"lines","params":${inner}}`);
}

function randomBytes(chance: Chance, most: number): Buffer {
  return Buffer.from(Array.from({ length: chance.whole(0, most) }, () => chance.whole(0, 255)));
}

function inAnotherCharset(chance: Chance): Content {
  const words = JSON.stringify({ kind: "lines", params: { seed: "é" } });
  return chance.pick([
    () => ({ type: `${JSON_TYPE}; charset=utf-16`, bytes: Buffer.from(words, "utf16le") }),
    () => ({ type: `${JSON_TYPE}; charset=iso-8859-1`, bytes: Buffer.from(words, "latin1") }),
    () => ({ type: `${JSON_TYPE}; charset=${text(chance)}`, bytes: Buffer.from(words) }),
    () => ({ type: JSON_TYPE, bytes: Buffer.from(`\ufeff${words}`) }),
  ])();
}

function form(chance: Chance): Content {
  const fields = [
    `kind=${chance.pick(["lines", "throws", text(chance)])}`,
    `params.lines=${chance.pick(["3", "0", "x", ""])}`,
    `params.pace=0`,
    `slot=${chance.pick([...SLOTS, encodeURIComponent(text(chance).toWellFormed())])}`,
    `return_to=${chance.pick(["/page", "//evil.example", "/\\evil.example", "https://evil.example", "%2F%2Fevil", text(chance)])}`,
    `_method=${chance.pick(["delete", "DELETE", "put"])}`,
    `params.__proto__=1`,
    text(chance),
  ];
  const chosen = fields.filter(() => chance.is(0.6));
  return { type: "application/x-www-form-urlencoded", bytes: Buffer.from(chosen.join("&"), "utf8") };
}

/** More fields than any page has, in both form encodings. */
function manyFields(chance: Chance): Content {
  const count = chance.pick([50, 99, 101, 1_000, 5_000, 20_000]);
  const name = () =>
    chance.pick(["kind", "params.lines", "params.a", "a", "", "params.__proto__", piece(chance)]);
  const names = chance.is(0.5)
    ? Array.from({ length: count }, name)
    : Array.from({ length: count }, (_, index) => `params.${index}`);
  if (chance.is(0.6)) {
    const fields = ["kind=lines", ...names.map((each) => `${encodeURIComponent(each.toWellFormed())}=1`)];
    return { type: "application/x-www-form-urlencoded", bytes: Buffer.from(fields.join("&")) };
  }
  const parts = names.map(
    (each) => `--b\r\nContent-Disposition: form-data; name="${each.replace(/["\r\n]/g, "")}"\r\n\r\n1\r\n`,
  );
  return { type: "multipart/form-data; boundary=b", bytes: Buffer.from(`${parts.join("")}--b--\r\n`) };
}

function multipart(chance: Chance): Content {
  const boundary = chance.pick(["x", "----b", "", text(chance)]);
  const part = `--${boundary}\r\nContent-Disposition: form-data; name="kind"\r\n\r\nlines\r\n`;
  const words = `${part}${part}--${boundary}--\r\n`;
  const bytes = Buffer.from(chance.is(0.5) ? words : mutated(chance, words));
  return { type: `multipart/form-data; boundary=${boundary}`, bytes };
}

/** Null for none. */
function mistakenType(chance: Chance): string | null {
  return chance.pick([
    null,
    "text/plain",
    "application/xml",
    "application/json/x",
    "multipart/form-data",
    text(chance),
  ]);
}

type Framing = (chance: Chance, bytes: Buffer) => Body;

const FRAMINGS: { weight: number; value: Framing }[] = [
  { weight: 82, value: (_, bytes) => announced(bytes.byteLength, bytes, true) },
  { weight: 3, value: (_, bytes) => announced(bytes.byteLength + 10, bytes, false) },
  { weight: 3, value: (_, bytes) => announced(Math.max(0, bytes.byteLength - 5), bytes, false) },
  { weight: 6, value: (chance, bytes) => chunked(chunksOf(chance, bytes), "0\r\n\r\n", true) },
  { weight: 3, value: (chance, bytes) => chunked(chunksOf(chance, bytes), "", false) },
  { weight: 1, value: (_, bytes) => chunked(bytes, "zz\r\n\r\n", false) },
  {
    weight: 1,
    value: (_, bytes) => chunked(Buffer.concat([Buffer.from("fffffffff\r\n"), bytes]), "", false),
  },
  { weight: 1, value: (_, bytes) => ({ headers: [], bytes, isComplete: false }) },
];

function announced(length: number, bytes: Buffer, isComplete: boolean): Body {
  return { headers: [`Content-Length: ${length}`], bytes, isComplete };
}

function chunked(bytes: Buffer, end: string, isComplete: boolean): Body {
  const all = Buffer.concat([bytes, Buffer.from(end)]);
  return { headers: ["Transfer-Encoding: chunked"], bytes: all, isComplete };
}

function chunksOf(chance: Chance, bytes: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.byteLength; ) {
    const chunk = bytes.subarray(at, at + chance.whole(1, 50_000));
    chunks.push(Buffer.from(`${chunk.byteLength.toString(16)}\r\n`), chunk, Buffer.from("\r\n"));
    at += chunk.byteLength;
  }
  return Buffer.concat(chunks);
}
