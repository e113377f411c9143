import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { defineGenerator, type StandardSchema } from "./generator.ts";
import { LARGEST_PARAMS_BYTES } from "./limits.ts";
import { validateParams } from "./parameters.ts";

function declare(kind: string, params?: StandardSchema) {
  const file = { name: "x", type: "text/plain" };
  return defineGenerator({ kind, file, run() {}, ...(params && { params }) });
}

/** A schema with this fixed result. */
function answering(answer: () => unknown) {
  const validate = answer as () => { value: unknown };
  return declare("a", { "~standard": { version: 1, vendor: "test", validate } });
}

describe("validateParams", () => {
  const country = z.strictObject({ country: z.string().length(2).toUpperCase().optional() });

  it("gives what the schema makes of them, without undefined members", async () => {
    const generator = declare("a", country);
    assert.deepEqual(await validateParams(generator, { country: "de" }), { country: "DE" });
    assert.deepEqual(await validateParams(generator, { country: undefined }), {});
    assert.deepEqual(await validateParams(generator, undefined), {});
  });

  it("lists the errors and their paths", async () => {
    const generator = declare("a", z.object({ range: z.object({ from: z.int() }) }));
    await assert.rejects(validateParams(generator, { range: { from: "x" } }), (error) => {
      const { code, details, message } = error as Error & {
        code: string;
        details: { errors: { path: string; message: string }[] };
      };
      assert.equal(code, "invalid-parameters");
      assert.deepEqual(
        details.errors.map(({ path }) => path),
        ["range.from"],
      );
      assert.match(message, /^parameters of a: range\.from: /);
      return true;
    });
  });

  it("waits for an asynchronous schema", async () => {
    const schema = z.object({ country: z.string().refine(async (code) => code === "DE", "no such country") });
    const generator = declare("a", schema);
    await assert.rejects(validateParams(generator, { country: "XX" }), {
      code: "invalid-parameters",
      details: { errors: [{ path: "country", message: "no such country" }] },
    });
  });

  it("fails with what an asynchronous check fails with, and leaves no promise behind", async () => {
    const away = async () => {
      throw new Error("the tenant service is away");
    };
    const generator = declare("a", z.object({ tenant: z.string().refine(away) }));
    await assert.rejects(validateParams(generator, { tenant: "acme" }), /the tenant service is away/);
    // An unhandled rejection would be reported now, and fail this test.
    await new Promise(setImmediate);
  });

  it("accepts only empty parameters without a schema", async () => {
    const generator = declare("a");
    assert.deepEqual(await validateParams(generator, undefined), {});
    assert.deepEqual(await validateParams(generator, null), {});
    assert.deepEqual(await validateParams(generator, {}), {});
    for (const params of [{ a: 1 }, [], "x", 0]) {
      await assert.rejects(validateParams(generator, params), { code: "invalid-parameters" });
    }
  });

  it("tells the first twenty errors, short, and how many more there are", async () => {
    const generator = declare("a", z.object({ list: z.array(z.number()) }));
    await assert.rejects(validateParams(generator, { list: Array(20_000).fill({}) }), (error) => {
      const { code, details, message } = error as Error & {
        code: string;
        details: Record<string, unknown[]>;
      };
      assert.equal(code, "invalid-parameters");
      assert.equal(details.errors?.length, 20);
      assert.equal(details.moreErrors, 19_980);
      assert.ok(message.endsWith("(and 19999 more)"));
      assert.ok(JSON.stringify(details).length + message.length < 5_000);
      return true;
    });
    const long = { message: "x".repeat(1e6), path: Array(1e4).fill("y".repeat(100)) };
    for (const issue of [
      long,
      null,
      5,
      { message: Symbol("x") },
      { path: [Symbol("x"), { key: 1n }, null] },
    ]) {
      await assert.rejects(
        validateParams(
          answering(() => ({ issues: [issue] })),
          {},
        ),
        (error) => {
          const { code, details, message } = error as Error & { code: string; details: unknown };
          assert.equal(code, "invalid-parameters");
          assert.ok(JSON.stringify(details).length + message.length < 1_500);
          return true;
        },
      );
    }
  });

  it("rejects parameters that are too large for a record", async () => {
    const generator = declare("a", z.string());
    const largest = "x".repeat(LARGEST_PARAMS_BYTES - 2);
    assert.equal(await validateParams(generator, largest), largest);
    await assert.rejects(validateParams(generator, `${largest}x`), {
      code: "invalid-parameters",
      message: /must be at most 131072 bytes as JSON, not 131073/,
    });
  });

  it("distinguishes a schema's own errors from the caller's", async () => {
    const mistakes: [answer: () => unknown, reason: RegExp][] = [
      [
        () => ({ value: { at: new Date(0) } }),
        /returns a value that can't be stored: its answer\.at .* not a Date/,
      ],
      [() => ({ value: new Map() }), /not a Map/],
      [() => ({ value: 1n }), /not a bigint/],
      [() => ({ value: Number.NaN }), /not the number NaN/],
      [() => ({ value: undefined }), /not undefined/],
      [() => ({}), /not undefined/],
      [() => undefined, /must return \{ value \} or \{ issues: \[\] \}, not undefined/],
      [() => "valid", /must return .* not a string/],
      [() => ({ issues: "wrong" }), /must return .* not a string/],
      [() => Promise.reject(new Error("no tenant")), /failed: no tenant/],
      [
        () => {
          throw undefined;
        },
        /failed: undefined/,
      ],
    ];
    for (const [answer, reason] of mistakes) {
      await assert.rejects(validateParams(answering(answer), {}), (error) => {
        const { code, message } = error as Error & { code: string };
        assert.equal(code, "invalid-config");
        assert.match(message, /^the params schema of a /);
        assert.match(message, reason);
        return true;
      });
    }
  });
});
