import { clockContract } from "./contract.ts";
import { systemClock } from "./system.ts";

clockContract("system", () => ({ clock: systemClock, pass: (ms) => systemClock.sleep(ms + 1) }));
