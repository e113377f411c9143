import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { clockContract } from "../ports/contracts/clock-contract.ts";
import { systemClock } from "./system.ts";

clockContract("system", () => ({ clock: systemClock, pass: (ms) => systemClock.sleep(ms + 1) }));

test("system clock: months pass whole, and can be cancelled in the middle", (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
  const month = 30 * 86_400_000;
  // Where one timer ends: one that is set while time jumps would count from the end of the jump.
  const reach = 2 ** 31 - 1;
  const rung: string[] = [];
  systemClock.after(month, () => rung.push("month"));
  const cancel = systemClock.after(3 * month, () => rung.push("cancelled"));
  mock.timers.tick(reach);
  mock.timers.tick(month - reach - 1);
  assert.deepEqual(rung, []);
  mock.timers.tick(1);
  assert.deepEqual(rung, ["month"]);
  cancel();
  for (let passed = 0; passed < 4; passed++) mock.timers.tick(reach);
  assert.deepEqual(rung, ["month"]);
});
