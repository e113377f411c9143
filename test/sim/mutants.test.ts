import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { hunt } from "./hunt.ts";
import { MUTANTS } from "./mutants.ts";

/**
 * Faults that a few schedules find: enough to show that the simulation still detects faults. The full list, with the
 * number of schedules each takes, is in `README.md` and is created by `npm run sim -- --mutants --seeds 900`.
 */
const QUICK = [
  "an update does not compare the version",
  "a claim does not raise the epoch",
  "a takeover is not counted",
  "a claim does not compare the revision",
  "what another revision saved is not voided",
  "no file waits for its revision",
  "a release voids the checkpoint",
  "done is not clamped",
  "a file is published before its last parts are durable",
  "a resumed run forgets the saved hash",
  "an unknown holder gets no grace",
  "nobody adopts a claim whose answer was lost",
  "a draining node keeps what a lost claim made its own",
  "the sweep removes parts that a record names",
  "a removal leaves the bytes",
  "there is no grace after the expiry of a file",
  "a watcher does not read what it missed while a feed was down",
  "a watcher brings back what it told is gone",
  "a watch forgets what came before its snapshot",
  "what no node makes is waited for without end",
  "running time goes by the time of day",
  "the last resort goes by the time of day",
  "an interruption counts as a failure",
  "an interrupted attempt keeps the parts after its checkpoint",
  "a record that can't be read ends the feed",
  "a later version's record is written over",
  "the sweep takes what is stored for an unreadable record for nobody's",
  "a holder begins before it has taken the work over",
  "a mark is taken over without raising its epoch",
  "an older holder's checkpoint is not fenced off",
  "the last attempt goes on from a checkpoint of those before it",
  "a holder forgets how far the bar was",
  "a tick whose answer was lost does not count at the finish",
  "a slot is freed before the history has what was in it",
  "nobody completes what its holder left half archived",
  "asking again takes the file that was there",
  "a repeat does not look into the history",
];
const WITHIN = 400;

describe("planted faults", () => {
  it("have their places in the source, each once", async () => {
    for (const { name, file, find } of MUTANTS) {
      const source = await readFile(new URL(`../../src/${file}`, import.meta.url), "utf8");
      assert.equal(source.split(find).length, 2, `${name}: ${file} has once: ${find}`);
    }
  });

  for (const name of QUICK) {
    it(`are found: ${name}`, async () => {
      const mutant = MUTANTS.find((one) => one.name === name);
      assert.ok(mutant, "it is in the list");
      assert.ok(await hunt(mutant, WITHIN), `none of ${WITHIN} schedules found it`);
    });
  }
});
