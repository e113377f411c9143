import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { processMark, processSign } from "../../../src/engines/sqlite/members/process-sign.ts";

const linux = { skip: process.platform !== "linux" && "needs /proc" };

test("this process is running, and its mark does not change", linux, () => {
  assert.notEqual(processMark(), null);
  assert.equal(processMark(), processMark());
  assert.equal(processSign(process.pid, processMark()), "there");
});

test("a stopped process is distinguished from a running one and from one that is gone", linux, async (t) => {
  const child = spawn("sleep", ["100"]);
  t.after(() => child.kill("SIGKILL"));
  await once(child, "spawn");
  const pid = child.pid!;
  const mark = processMark(pid);
  assert.equal(processSign(pid, mark), "there");
  child.kill("SIGSTOP");
  while (processSign(pid, mark) === "there") await new Promise(setImmediate);
  assert.equal(processSign(pid, mark), "stopped");
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.equal(processSign(pid, mark), "gone");
  assert.equal(processMark(pid), null);
});

test("a dead process that has not been reaped yet is gone", linux, async (t) => {
  // The shell execs a program that is unaware of the child it inherits, and so never reaps it.
  const parent = spawn("sh", ["-c", "sleep 100 & echo $!; exec sleep 100"]);
  t.after(() => parent.kill("SIGKILL"));
  const [line] = await once(parent.stdout, "data");
  const pid = Number(String(line));
  const mark = processMark(pid);
  assert.notEqual(mark, null);
  process.kill(pid, "SIGKILL");
  while (processSign(pid, mark) !== "gone") await new Promise(setImmediate);
  assert.notEqual(processMark(pid), null, "it still has its entry: a zombie");
});

test("a later process with the same id is a different one", linux, () => {
  const mark = processMark()!;
  assert.equal(processSign(process.pid, `${mark}9`), "gone");
  assert.equal(processSign(process.pid, mark.replace(/^[^/]*/, "another-boot")), "gone");
});

test("a process in another container can't be judged by its id", linux, () => {
  const [boot, , startedAt] = processMark()!.split("/");
  assert.equal(processSign(2 ** 22 + 1, `${boot}/pid:[1]/${startedAt}`), "unknown");
});

test("without a mark only the id counts", () => {
  assert.equal(processSign(process.pid, null), "there");
  assert.equal(processSign(2 ** 22 + 1, null), "gone");
});
