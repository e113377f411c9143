import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "../clock/virtual.testing.ts";
import { downloadKey, keyOf } from "../download/key.ts";
import { UnavailableError } from "../errors.ts";
import { finishedDownload } from "../ports/contracts/sample-downloads.ts";
import { DurationSamples } from "./duration-samples.ts";

describe("what downloads took that left their slots unseen", () => {
  it("is looked up, of one kind at most once a second; nothing is learned from a removed one", async () => {
    const clock = new VirtualClock({ seed: 1 });
    const read: string[] = [];
    const noticed: string[] = [];
    const samples = new DurationSamples({
      clock,
      history: {
        async fetch(key) {
          read.push(key);
          if (key.endsWith("away")) throw new UnavailableError("away");
          return key.endsWith("gone")
            ? null
            : { key, version: 1, download: finishedDownload("ann", "id_1-A") };
        },
      },
      notice: ({ id }) => void noticed.push(id),
    });
    const entry = { key: keyOf(finishedDownload("ann", "id_1-A")), id: "id_1-A", kind: "csv" };
    await samples.left(entry);
    await samples.left({ ...entry, id: "soon" });
    await samples.left({ ...entry, id: "away", kind: "pdf" });
    await clock.advance(1_000);
    await samples.left({ ...entry, id: "gone" });
    const ids = ["id_1-A", "away", "gone"];
    assert.deepEqual(
      read,
      ids.map((id) => downloadKey("ann", id)),
    );
    assert.deepEqual(noticed, ["id_1-A"]);
  });
});
