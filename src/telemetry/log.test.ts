import assert from "node:assert/strict";
import { test } from "node:test";
import type { Thrown } from "../text/thrown.ts";
import { openLog, silentLog } from "./log.ts";

function capture(options: { level?: "debug" | "info"; pretty?: boolean } = {}) {
  const lines: string[] = [];
  const log = openLog({ level: "info", ...options, write: (line) => lines.push(line) });
  return { log, lines, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test("a line is one JSON object with level, time, message and the fields of its log", () => {
  const { log, parsed } = capture();
  log.child({ node: "n1/x" }).warn({ epoch: 2 }, "superseded");
  const [{ time, ...rest }] = parsed() as [Record<string, unknown>];
  assert.deepEqual(rest, { level: "warn", node: "n1/x", epoch: 2, msg: "superseded" });
  assert.ok(!Number.isNaN(Date.parse(String(time))));
});

test("lines below the level are not written", () => {
  const { log, lines } = capture();
  log.debug({}, "unseen");
  silentLog.child({}).error({}, "unseen");
  assert.deepEqual(lines, []);
});

test("secrets are never written, however deep they lie", () => {
  const { log, lines } = capture();
  log.info({ secret: "s3cret", headers: { cookie: "s3cret", authorization: "s3cret" } }, "request");
  log.info({ asked: [{ headers: { Authorization: "s3cret" } }] }, "request");
  assert.equal(lines.length, 2);
  assert.ok(!lines.join("").includes("s3cret"));
});

test("secrets are known by their names' ends and in URLs, also in errors and their causes", () => {
  const { log, lines } = capture();
  log.info(
    { operatorToken: "s3cret", "set-cookie": ["s3cret"], tokens: { s3cret: 1 }, api_key: "s3cret" },
    "x",
  );
  const cause = new Error("connect nats://user:s3cret@h1:4222,nats://u:s3cret@h2:4222");
  log.warn(
    { error: new Error("GET /cluster?a=1&token=s3cret&b=2", { cause }), url: "https://s3cret@h/x" },
    "x",
  );
  log.warn({ said: "Authorization: Bearer s3cret-s3cret" }, "x");
  assert.equal(lines.length, 3);
  assert.ok(!lines.join("").includes("s3cret"), lines.join(""));
  assert.match(lines[1]!, /h1:4222.*a=1&token=…&b=2|a=1&token=…&b=2.*h2:4222/s);
});

test("nothing that a visitor wrote moves the reader's terminal", () => {
  for (const pretty of [true, false]) {
    const { log, lines } = capture({ pretty });
    const text = "\u001b[2K\u009b1A\u202e\u0007";
    log.error({ text, [text]: 1, error: new Error(text, { cause: new Error(text) }) }, "odd");
    assert.doesNotMatch(lines.join("").replaceAll("\n", ""), /[\p{Cc}\u202e]/u);
    assert.match(lines.join(""), /\\u001b\[2K\\u009b1A\\u202e/);
  }
});

test("a key stands once in a line: the line's own field beats its log's", () => {
  const { log, lines, parsed } = capture();
  log.child({ node: "n1" }).child({ node: "n1/x", download: "d" }).info({ download: "e" }, "moved");
  assert.equal(lines[0]!.split('"node":').length - 1, 1);
  assert.equal(lines[0]!.split('"download":').length - 1, 1);
  assert.deepEqual([parsed()[0]!.node, parsed()[0]!.download], ["n1/x", "e"]);
});

test("an error keeps its causes, also one that lies deep in a field", () => {
  const { log, parsed } = capture();
  const refused = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" });
  const failed = new TypeError("fetch failed", { cause: refused });
  log.error({ error: failed, tries: [{ why: failed }] }, "no answer");
  const [{ error, tries }] = parsed() as [{ error: Thrown; tries: { why: Thrown }[] }];
  for (const told of [error, tries[0]!.why]) {
    assert.equal(told.name, "TypeError");
    assert.equal(told.cause?.code, "ECONNREFUSED");
    assert.match(told.cause?.stack ?? "", /log\.test/);
  }
});

test("no field can break a line", () => {
  const { log, lines, parsed } = capture();
  const cyclic: Record<string, unknown> = { name: "cyclic" };
  cyclic.self = cyclic;
  const broken = {
    get value(): never {
      throw new Error("no");
    },
  };
  const hostile = new Proxy({}, { get: () => assert.fail(), ownKeys: () => assert.fail() });
  for (const value of [
    cyclic,
    broken,
    hostile,
    1n,
    Symbol("s"),
    Number.NaN,
    null,
    undefined,
    new Date(Number.NaN),
  ]) {
    log.error({ value, error: value }, "odd");
  }
  log.error(
    { value: "x".repeat(1e6), error: new Error("y".repeat(1e6)), list: Array(1e5).fill(cyclic) },
    "huge",
  );
  assert.deepEqual(
    parsed().map(({ msg }) => msg),
    [...Array(9).fill("odd"), "huge"],
  );
  assert.ok(lines.at(-1)!.length < 100_000, `${lines.at(-1)!.length}`);
});

test("an error keeps its message, code and stack", () => {
  const { log, parsed } = capture();
  log.error({ error: Object.assign(new Error("no space"), { code: "ENOSPC" }) }, "write failed");
  const error = parsed()[0]!.error as Record<string, unknown>;
  assert.equal(error.message, "no space");
  assert.equal(error.code, "ENOSPC");
  assert.match(String(error.stack), /log\.test/);
});

test("a pretty line is read by people", () => {
  const { log, lines } = capture({ pretty: true });
  log.error({ node: "n1", words: "two words", error: new Error("no space") }, "write failed");
  assert.match(
    lines.join(""),
    /^\d\d:\d\d:\d\d\.\d{3} ERROR write failed {2}node=n1 {2}words="two words"\n {2}Error: no space/,
  );
});

test("a pretty line tells the causes below, and what was thrown without being an error", () => {
  const { log, lines } = capture({ pretty: true });
  log.error({ error: new Error("fetch failed", { cause: new Error("ECONNREFUSED") }) }, "no answer");
  log.error({ error: "just a text" }, "no answer");
  assert.match(lines[0]!, /\n {2}Error: fetch failed\n.*\n {2}caused by Error: ECONNREFUSED\n/s);
  assert.match(lines[1]!, /error="just a text"\n$/);
});
