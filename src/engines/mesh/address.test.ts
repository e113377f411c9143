import assert from "node:assert/strict";
import { dirname } from "node:path";
import { test } from "node:test";
import { isSocketFile, socketAddress } from "./address.ts";

test("a socket is in the data folder if its path is short enough", () => {
  assert.equal(socketAddress("/data", "abc", "linux"), "/data/nodes/abc.sock");
});

test("in a deep data folder it moves to the temporary folder, at the same path for every process", () => {
  const deep = `/data/${"deep/".repeat(30)}`;
  const address = socketAddress(deep, "abc", "linux");
  assert.ok(Buffer.byteLength(address) <= 100, address);
  assert.equal(address, socketAddress(`${deep}/.`, "abc", "linux"));
  assert.notEqual(address, socketAddress(`${deep}/other`, "abc", "linux"));
  assert.equal(isSocketFile(address), true);
});

test("all incarnations are in one folder, however long its path is", () => {
  for (let length = 1; length <= 120; length++) {
    const dir = `/${"d".repeat(length)}`;
    const [short, long] = ["any", "abcdefghijkl"].map((incarnation) =>
      socketAddress(dir, incarnation, "linux"),
    );
    assert.equal(dirname(short!), dirname(long!));
    assert.ok(long!.length <= 103, long);
  }
});

test("the limit is in bytes, not characters", () => {
  assert.ok(!socketAddress(`/${"ü".repeat(45)}`, "abc", "linux").includes("ü"));
});

test("on Windows it is a pipe, which leaves no file behind", () => {
  const address = socketAddress("C:\\data", "abc", "win32");
  assert.match(address, /^\\\\\.\\pipe\\carryout-[0-9a-f]{16}-abc$/);
  assert.equal(isSocketFile(address), false);
});
