import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemClock } from "../../src/clock/system.ts";
import { inlineExecutor } from "../../src/generator/inline.ts";
import { validateParams } from "../../src/generator/parameters.ts";
import { RecordingHost } from "../../src/generator/recording-host.testing.ts";
import { registryOf } from "../../src/generator/registry.ts";
import { fake } from "./fake.ts";

describe("fake", () => {
  it("uses the article's delays by default", async () => {
    assert.deepEqual(await validateParams(fake, {}), { delays: [1000, 1000, 5000] });
  });

  for (const params of [{ delays: [-1] }, { delays: "1" }, { delays: [null] }, { speed: 1 }]) {
    it(`rejects ${JSON.stringify(params)}`, async () => {
      await assert.rejects(validateParams(fake, params), {
        code: "invalid-parameters",
      });
    });
  }

  it("resumes at the stage after its last checkpoint", async () => {
    const executor = inlineExecutor({ registry: registryOf([fake]), clock: systemClock });
    await executor.ready();
    const job = { downloadId: "test", kind: "fake", params: { delays: [1, 2, 3] }, requestedAt: 0 };
    const host = new RecordingHost();
    const outcome = await executor.start({ ...job, resume: null }, host).done;
    assert.match(host.bytes().toString(), /^A file .*\nStage 1: 1 ms\nStage 2: 2 ms\nStage 3: 3 ms\n$/);
    assert.equal(host.checkpoints.length, 3);
    for (const checkpoint of host.checkpoints) {
      const again = host.resumeAt(checkpoint);
      assert.deepEqual(await executor.start({ ...job, resume: again.resume }, again.host).done, outcome);
      assert.deepEqual(again.host.bytes(), host.bytes());
    }
    await executor.close();
  });
});
