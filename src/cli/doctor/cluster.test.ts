import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { checkGenerators } from "./cluster.ts";

const generators = fileURLToPath(new URL("../../generator/fixtures/inline-generators.ts", import.meta.url));

describe("doctor, on generators", () => {
  it("names the inline kinds that a node without inline places does not make", async () => {
    const found = await checkGenerators({ generators, capacity: 1, inlineCapacity: 0 });
    assert.equal(found.verdict, "warn");
    assert.match(found.found, /inlineCapacity 0/);
    assert.equal((await checkGenerators({ generators, capacity: 1, inlineCapacity: 1 })).verdict, "ok");
  });
});
