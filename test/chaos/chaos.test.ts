import assert from "node:assert/strict";
import { it } from "node:test";
import { engineOption, engines } from "../support/engines.ts";
import { runChaos } from "./run.ts";

const SECONDS = 15;

for (const engine of engines()) {
  it(`a cluster under fire keeps its promises to ten visitors (${engine})`, async (test) => {
    const seed = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 31));
    test.diagnostic(`CHAOS_SEED=${seed}`);
    const verdict = await runChaos({
      seed,
      seconds: SECONDS,
      visitors: 10,
      nodes: 3,
      ...engineOption(engine),
      say: (line) => test.diagnostic(line),
    });
    for (const line of verdict.table) test.diagnostic(line);
    const wronged = new Set(verdict.violations.map(({ visitor }) => visitor));
    for (const visitor of wronged) {
      test.diagnostic(`What ${visitor} saw:\n${verdict.histories.get(visitor)?.join("\n")}`);
    }
    assert.deepEqual(
      verdict.violations,
      [],
      `again: CHAOS_SEED=${seed} node --test test/chaos/chaos.test.ts`,
    );
    assert.equal(verdict.outcomes.lost, 0);
    assert.ok(verdict.filesFetched > 0, "nobody got a file");
  });
}
