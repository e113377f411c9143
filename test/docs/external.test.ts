import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CommandOptions } from "../../src/external/command-generator.ts";
import { EXTERNAL_ERROR_CODES } from "../../src/external/external-error.ts";
import type { HttpOptions } from "../../src/external/http-generator.ts";
import { signatureHeaders } from "../../src/external/signature.ts";
import type { GeneratorOptions } from "../../src/generator/generator.ts";
import { rowsOf, textOf } from "./page.ts";

const page = textOf("docs/external.md");
type Own<Options> = Exclude<keyof Options, keyof GeneratorOptions<unknown>>;

/** The compiler knows when one is missing. */
const COMMAND_OPTIONS: Record<Own<CommandOptions<undefined>>, true> = {
  command: true,
  env: true,
  cwd: true,
  maxBytes: true,
  allowEmpty: true,
  endsWith: true,
  optionsFromParams: true,
  explain: true,
};

const HTTP_OPTIONS: Record<Own<HttpOptions<undefined>>, true> = {
  request: true,
  sign: true,
  allowPrivate: true,
  ca: true,
  connectMs: true,
  headersMs: true,
  idleMs: true,
  maxBytes: true,
  allowEmpty: true,
};

describe("the page of programs and services", () => {
  it("has each option of a command", () => {
    const names = rowsOf(page, "option of `commandGenerator`").flatMap(({ names }) => names[0] ?? []);
    assert.deepEqual(names.toSorted(), Object.keys(COMMAND_OPTIONS).toSorted());
  });

  it("has each option of a request", () => {
    const names = rowsOf(page, "option of `httpGenerator`").flatMap(({ names }) => names[0] ?? []);
    assert.deepEqual(names.toSorted(), Object.keys(HTTP_OPTIONS).toSorted());
  });

  it("has a signature that is right", () => {
    const message = {
      method: "POST",
      url: new URL("https://reports.example.com:8443/orders?year=2026&lang=de"),
      body: Buffer.from('{"year":2026}'),
      created: 1_795_000_000,
      nonce: "aGVsbG8gd29ybGQhISEhIQ",
    };
    const key = { secret: "correct horse battery staple 1234", keyId: "shop" };
    const { signature, "content-digest": digest, "signature-input": input } = signatureHeaders(message, key);
    assert.ok(page.includes(`\`Signature: ${signature}\``));
    assert.ok(page.includes(`\n"content-digest": ${digest}\n`));
    assert.ok(page.includes(`\n"@signature-params": ${input?.replace("carryout=", "")}\n`));
  });

  it("has each code of the log", () => {
    const names = rowsOf(page, "code in the log").flatMap(({ names }) => names[0] ?? []);
    assert.deepEqual([...new Set(names)].toSorted(), [...EXTERNAL_ERROR_CODES].toSorted());
  });
});
