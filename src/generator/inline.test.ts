import { systemClock } from "../clock/system.ts";
import { describeExecutor, FIXTURES } from "./executor-contract.testing.ts";
import { inlineExecutor } from "./inline.ts";
import { loadRegistry } from "./registry.ts";

describeExecutor("inline executor", async () =>
  inlineExecutor({ registry: await loadRegistry(FIXTURES), clock: systemClock }),
);
