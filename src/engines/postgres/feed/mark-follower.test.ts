import assert from "node:assert/strict";
import { test } from "node:test";
import type { Change } from "../../../ports/change-queue.ts";
import { MarkFollower } from "./mark-follower.ts";

const ANN = "YW5u";
const mark = (version: number, text: string | null = `mark ${version}`, id = "x"): Change => ({
  key: `${ANN}.${id}`,
  version,
  text,
});

/** The versions that it passes on, in order; negative for removals. */
async function passedOn(follower: MarkFollower): Promise<number[]> {
  const versions: number[] = [];
  const reading = (async () => {
    for (let change = await follower.next(); change !== null; change = await follower.next())
      versions.push(change.text === null ? -change.version : change.version);
  })();
  // Lets it take everything that is pending.
  await new Promise((resolve) => setImmediate(resolve));
  follower.end();
  await reading;
  return versions;
}

test("of news that overtake each other only later versions are passed on", async () => {
  const follower = new MarkFollower(ANN);
  follower.offer(mark(5));
  assert.deepEqual(follower.begin([mark(6), mark(3, null, "gone")]), [mark(6)]);
  follower.offer(mark(4));
  follower.offer(mark(2, "late", "gone"));
  assert.deepEqual(await passedOn(follower), []);
});

test("news from before the snapshot that are later than it follow it", async () => {
  const follower = new MarkFollower(ANN);
  follower.offer(mark(7));
  assert.deepEqual(follower.begin([mark(6)]), [mark(6)]);
  assert.deepEqual(await passedOn(follower), [7]);
});

test("a look finds what was not announced, and asks only for that", async () => {
  const follower = new MarkFollower(ANN);
  follower.begin([mark(6)]);
  follower.beginLook();
  const versions = new Map([
    [`${ANN}.x`, 6],
    [`${ANN}.y`, 9],
    ["Ym9i.z", 10],
  ]);
  assert.deepEqual(follower.unknown(versions), [`${ANN}.y`]);
  follower.endLook(versions, [mark(9, "new", "y"), { key: "Ym9i.z", version: 10, text: "of Bob" }]);
  assert.deepEqual(await passedOn(follower), [9]);
});

test("a mark that is gone is reported once; one that was announced during the look stays", async () => {
  const follower = new MarkFollower(ANN);
  follower.begin([mark(6), mark(3, null, "removed")]);
  follower.beginLook();
  follower.offer(mark(8, "new", "y"));
  follower.endLook(new Map(), []);
  assert.deepEqual(await passedOn(follower), [8, -7]);
});

test("who has learnt of a version that does not exist starts over when it looks", () => {
  const follower = new MarkFollower(ANN);
  follower.begin([mark(6)]);
  follower.offer(mark(99));
  follower.beginLook();
  follower.offer(mark(120, "written since", "y"));
  follower.endLook(new Map([[`${ANN}.x`, 7]]), [mark(7)]);
  assert.equal(follower.isLost, true);
});
