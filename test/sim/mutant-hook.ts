/** @module Loaded before everything else (`node --import`): plants the fault that `SIMULATION_MUTANT` names. */

import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import { MUTANTS } from "./mutants.ts";

const name = process.env.SIMULATION_MUTANT;
const mutant = MUTANTS.find((one) => one.name === name);
assert.ok(mutant, `there is no mutant ${JSON.stringify(name)}`);
const url = new URL(`../../src/${mutant.file}`, import.meta.url).href;

registerHooks({
  load(loaded, context, nextLoad) {
    const result = nextLoad(loaded, context);
    if (loaded !== url) return result;
    const source = String(result.source);
    assert.equal(source.split(mutant.find).length, 2, `${mutant.file} has its place once: ${mutant.find}`);
    return { ...result, source: source.replace(mutant.find, () => mutant.replace) };
  },
});
