import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { memory } from "../engines/engines.ts";
import { CarryoutError } from "../errors.ts";
import { type ConfigSources, loadConfig } from "./config.ts";
import { onlyFlagsAreWrong, type Problem } from "./problem.ts";
import { SETTINGS, settingNames } from "./settings.ts";

const directory = mkdtempSync(join(tmpdir(), "carryout-config-"));
after(() => rmSync(directory, { recursive: true }));
let files = 0;

/** A config file with this text; each has a name of its own, as modules are loaded once. */
function configFile(text: string, ending = "ts"): string {
  const path = join(directory, `carryout-${++files}.${ending}`);
  writeFileSync(path, text);
  return path;
}

function load(sources: Partial<ConfigSources>) {
  return loadConfig({ env: {}, flags: {}, directory, ...sources });
}

async function refusal(sources: Partial<ConfigSources>): Promise<CarryoutError> {
  const outcome = await load(sources).then(
    () => null,
    (error: unknown) => error,
  );
  assert.ok(outcome instanceof CarryoutError, `expected a CarryoutError, got ${String(outcome)}`);
  assert.equal(outcome.code, "invalid-config");
  return outcome;
}

describe("loadConfig", () => {
  it("has a default for everything that must have a value", async () => {
    const config = await load({});
    assert.equal(config.engine.name, "sqlite:.carryout");
    assert.equal(config.port, 4000);
    assert.equal(config.host, "127.0.0.1");
    assert.equal(config.secret, undefined);
    assert.equal(config.configFile, null);
  });

  it("lets flags override the environment and the environment the file", async () => {
    const file = configFile("export default { port: 1, host: 'one', leaseMs: 1000 }");
    const config = await load({ file, env: { PORT: "2", CARRYOUT_HOST: "two" }, flags: { port: "3" } });
    assert.equal(config.port, 3);
    assert.equal(config.host, "two");
    assert.equal(config.leaseMs, 1000);
    assert.equal(config.configFile, file);
  });

  it("takes a command's own default only when no source gives the setting", async () => {
    assert.equal((await load({ defaults: { capacity: 2 } })).capacity, 2);
    assert.equal((await load({ defaults: { capacity: 2 }, env: { CARRYOUT_CAPACITY: "7" } })).capacity, 7);
  });

  it("finds carryout.config.* in the working directory", async () => {
    const home = mkdtempSync(join(directory, "home-"));
    writeFileSync(join(home, "carryout.config.mjs"), "export default { name: 'found' }");
    assert.equal((await load({ directory: home })).name, "found");
  });

  it("reads lists, functions and module paths", async () => {
    const file = configFile("export default { generators: './kinds.ts', identify: () => 'me' }");
    const env = {
      CARRYOUT_TRUSTED_ORIGINS: "https://a.example, https://b.example:8443",
      CARRYOUT_ROUTES: "r.ts",
    };
    const config = await load({ file, env });
    assert.equal(config.generators, join(directory, "kinds.ts"));
    assert.equal(config.routes, join(directory, "r.ts"));
    assert.deepEqual(config.trustedOrigins, ["https://a.example", "https://b.example:8443"]);
    assert.equal(config.identify?.(new Request("http://x/")), "me");
  });

  it("treats empty variables and Kubernetes' service links as unset", async () => {
    const config = await load({ env: { PORT: "", CARRYOUT_PORT: "tcp://10.0.0.1:4000" } });
    assert.equal(config.port, 4000);
  });
});

describe("loadConfig refuses", () => {
  it("everything that is wrong in all sources at once, each with source, expectation and value", async () => {
    const file = configFile("export default { enginee: 'memory:', leaseMs: '3s' }");
    const env = { PORT: "http", CARRYOUT_CAPACTY: "2", CARRYOUT_HOST: "127.0.0.1" };
    const error = await refusal({ file, env, flags: { nodes: "0" } });
    const problems = error.details.problems as Problem[];
    assert.equal(problems.length, 5);
    assert.match(error.message, /^5 settings are not valid:/);
    assert.match(error.message, new RegExp(`enginee in ${file}: unknown setting; did you mean engine\\?`));
    assert.match(error.message, /leaseMs in .*: expected a whole number .* milliseconds, given "3s"/);
    assert.match(error.message, /PORT: expected a port from 0 to 65535 .*, given "http"/);
    assert.match(error.message, /CARRYOUT_CAPACTY: .*did you mean CARRYOUT_CAPACITY\?/);
    assert.match(error.message, /--nodes: expected a whole number from 1 to 64, given 0/);
    assert.equal(onlyFlagsAreWrong(error), false);
  });

  it("a bad flag alone as wrong usage", async () => {
    assert.equal(onlyFlagsAreWrong(await refusal({ flags: { leaseMs: "soon" } })), true);
  });

  it("a bad value even when a stronger source overrides it", async () => {
    assert.match((await refusal({ env: { PORT: "x" }, flags: { port: "4000" } })).message, /^PORT: /);
  });

  it("without ever showing a secret or a URL's password", async () => {
    const file = configFile("export default { operatorToken: 'hunter2 hunter2 hunter2' }");
    const env = { CARRYOUT_SECRET: "hunter2", CARRYOUT_ENGINE: "nat://me:hunter2@host" };
    const error = await refusal({ file, env });
    assert.equal((error.details.problems as Problem[]).length, 3);
    assert.doesNotMatch(error.message + JSON.stringify(error.details), /hunter2/);
    assert.match(error.message, /given 7 characters \(not shown\)/);
  });

  it("an engine that is neither a URL nor an engine, and one that is", async () => {
    const values = { engine: { name: "mine" } as never };
    await assert.rejects(loadConfig({ values, env: {}, flags: {} }), {
      code: "invalid-config",
      message: /expected the URL of an engine, or an engine, given \{"name":"mine"\}$/,
    });
    const engine = memory();
    assert.equal((await loadConfig({ values: { engine }, env: {}, flags: {} })).engine, engine);
  });

  it("a misspelt engine, with a suggestion", async () => {
    const { message } = await refusal({ env: { CARRYOUT_ENGINE: "sqlit:data" } });
    assert.match(
      message,
      /^CARRYOUT_ENGINE: expected memory:, sqlite:DIR, postgres:.*did you mean sqlite:data\?$/,
    );
  });

  it("a file that is not there", async () => {
    assert.match((await refusal({ file: "nowhere.ts" })).message, /config file not found: .*nowhere\.ts$/);
  });

  for (const [name, text, ending, reason] of [
    [
      "TypeScript that does not parse",
      "export default {\n  port: = 1\n}",
      "ts",
      /:2: Expression expected|:2: /,
    ],
    ["JavaScript that does not parse", "export default {\n  port: ;\n}", "mjs", /:2: Unexpected token ';'$/],
    ["a file that throws", "\n\nthrow new Error('no database')", "ts", /:3: no database$/],
    ["a missing import", "import './not-there.ts'", "ts", /: Cannot find module .*not-there\.ts/],
    ["TypeScript that is not erasable", "enum A { B }\nexport default A", "ts", /:1: TypeScript enum/],
    ["a file without a default export", "export const port = 1", "ts", /, given none$/],
    ["a default export that is no object", "export default [1]", "ts", /, given a list$/],
  ] as const) {
    it(`${name}, with file, line and reason but no stack`, async () => {
      const file = configFile(text, ending);
      const { message } = await refusal({ file });
      assert.ok(message.includes(file), message);
      assert.match(message, reason);
      assert.doesNotMatch(message, /\n/);
    });
  }
});

describe("any environment", () => {
  const variables = settingNames().flatMap((name) => [...SETTINGS[name].environment]);

  it("is read or refused with an explanation, never a crash", async () => {
    const environment = fc.dictionary(
      fc.oneof(
        fc.constantFrom(...variables.filter((name) => name !== "CARRYOUT_SECRET")),
        fc.string({ maxLength: 12 }).map((suffix) => `CARRYOUT_${suffix}`),
      ),
      fc.oneof(
        fc.string({ unit: "binary" }),
        fc.integer().map(String),
        fc.webUrl(),
        fc.constantFrom("memory:", "info"),
      ),
    );
    await fc.assert(
      fc.asyncProperty(environment, fc.string({ minLength: 12, maxLength: 15 }), async (env, secret) => {
        const marked = `hush:${secret}`.slice(0, 15);
        const outcome = await load({
          env: { ...env, CARRYOUT_SECRET: marked, CARRYOUT_CONFIG: undefined },
        }).catch((error: unknown) => error);
        assert.ok(outcome instanceof CarryoutError);
        assert.equal(outcome.code, "invalid-config");
        assert.ok(!outcome.message.includes("hush:"));
      }),
      { numRuns: 300 },
    );
  });

  it("that is well formed is taken as it is", async () => {
    const sound = fc.record({
      PORT: fc.integer({ min: 0, max: 65_535 }),
      CARRYOUT_CAPACITY: fc.integer({ min: 1, max: 1024 }),
    });
    await fc.assert(
      fc.asyncProperty(sound, async ({ PORT, CARRYOUT_CAPACITY }) => {
        const config = await load({ env: { PORT: `${PORT}`, CARRYOUT_CAPACITY: `${CARRYOUT_CAPACITY}` } });
        assert.equal(config.port, PORT);
        assert.equal(config.capacity, CARRYOUT_CAPACITY);
      }),
      { numRuns: 50 },
    );
  });
});
