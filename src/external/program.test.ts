import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { OutputTail } from "./output-tail.ts";
import { refuseForeignOptions } from "./program.ts";
import { programEnvironment } from "./program-environment.ts";

describe("a program's environment", () => {
  it("has the variables that programs need, and those that its author adds", () => {
    const surrounding = {
      PATH: "/bin",
      HOME: "/root",
      LC_ALL: "C.UTF-8",
      LD_PRELOAD: "/tmp/x.so",
      AWS_SECRET_ACCESS_KEY: "secret",
      CARRYOUT_SECRET: "secret",
      NODE_OPTIONS: "--inspect",
    };
    assert.deepEqual(programEnvironment(surrounding, { PGHOST: "db", HOME: undefined, PATH: "/usr/bin" }), {
      PATH: "/usr/bin",
      LC_ALL: "C.UTF-8",
      PGHOST: "db",
    });
  });
});

describe("options that come from the parameters", () => {
  it("are refused anywhere in the parameters, if before --", () => {
    const params = { a: [{ b: "-rf" }], plain: "x" };
    const refused = { code: "bad-argument", retriable: false };
    assert.throws(() => refuseForeignOptions(["rm", "-rf"], params), refused);
    assert.throws(() => refuseForeignOptions(["rm", "-rf", "--", "x"], params), refused);
    refuseForeignOptions(["rm", "-r", "--", "-rf"], params);
    refuseForeignOptions(["rm", "--name=-rf", "x"], params);
  });
});

describe("the end of standard error", () => {
  it("consists of whole characters, at most 2,000 bytes", async () => {
    const stream = new PassThrough();
    const tail = new OutputTail(stream);
    for (const piece of ["first\n", "ü".repeat(3_000), "\nlast line\n"]) stream.write(piece);
    stream.end();
    await new Promise((resolve) => stream.once("end", resolve));
    assert.match(tail.text(), /^ü+\nlast line$/);
    assert.equal(tail.lastLine(), "last line");
    assert.ok(Buffer.byteLength(tail.text()) <= 2_000);
  });
});
