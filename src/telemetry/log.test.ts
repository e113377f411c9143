import assert from "node:assert/strict";
import { test } from "node:test";
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

test("secrets are never written, also one level down", () => {
  const { log, lines } = capture();
  log.info({ secret: "s3cret", headers: { cookie: "s3cret", authorization: "s3cret" } }, "request");
  assert.ok(!lines.join("").includes("s3cret"));
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
