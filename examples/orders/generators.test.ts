import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { systemClock } from "../../src/clock/system.ts";
import { inlineExecutor } from "../../src/generator/inline.ts";
import { RecordingHost } from "../../src/generator/recording-host.testing.ts";
import { registryOf } from "../../src/generator/registry.ts";
import { orders } from "./generators.ts";

/** Every offered checkpoint is saved, so that the run can be interrupted at each one. */
const registry = registryOf([{ ...orders, checkpointMs: 0 }]);
const executor = inlineExecutor({ registry, clock: systemClock });
before(() => executor.ready());
after(() => executor.close());

function start(
  host: RecordingHost,
  year: number,
  resume: ReturnType<RecordingHost["resumeAt"]>["resume"] | null,
) {
  return executor.start(
    { downloadId: "test", kind: "orders.csv", params: { year }, requestedAt: 0, resume },
    host,
  );
}

describe("the generator of orders", () => {
  it("writes the same bytes when it resumes from any of its checkpoints", async () => {
    const whole = new RecordingHost();
    await start(whole, 2025, null).done;
    assert.equal(whole.bytes().toString().split("\r\n").length, 1_501);
    assert.equal(whole.checkpoints.length, 3);
    for (const checkpoint of whole.checkpoints) {
      const { host, resume } = whole.resumeAt(checkpoint);
      await start(host, 2025, resume).done;
      assert.deepEqual(host.bytes(), whole.bytes());
    }
  });

  it("tells the user why it failed", async () => {
    await assert.rejects(start(new RecordingHost(), 1999, null).done, {
      code: "generation-failed",
      message: "You have no orders in 1999.",
      expose: true,
      retriable: false,
    });
  });
});
