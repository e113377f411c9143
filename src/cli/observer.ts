/** @module A cluster as the commands see it: its engine, opened as an observer, and the operators' façade over it. */

import { systemClock } from "../clock/system.ts";
import type { Config } from "../config/config.ts";
import { filesIn } from "../engines/files.ts";
import { CarryoutError } from "../errors.ts";
import { loadRegistry, type Registry } from "../generator/registry.ts";
import type { Engine } from "../ports/engine.ts";
import { openLog } from "../telemetry/log.ts";
import { type Observer, openObserver } from "../tracker/observer.ts";

/** Close both, the observer first. */
export interface Observed {
  readonly observer: Observer;
  readonly engine: Engine;
}

type LoadGenerators = (config: Config) => Promise<Registry>;

/** `invalid-config` for an engine that can't be observed from another process. */
export async function observe(config: Config, loadGenerators?: LoadGenerators): Promise<Observed> {
  if (!config.engine.persists) {
    throw new CarryoutError(
      "invalid-config",
      `the engine ${config.engine.name} lives inside one process and can't be inspected from here; ` +
        "give the engine of a running cluster, such as --engine sqlite:.carryout",
    );
  }
  const { leaseMs, synchronous, reserveBytes } = config;
  const context = { clock: systemClock, log: openLog({ level: "error", pretty: true }), reserveBytes };
  const openFiles = filesIn(config.files, context);
  const engine = await config.engine.open({ ...context, leaseMs, synchronous, openFiles, observer: true });
  try {
    const registry = await loadGenerators?.(config);
    const log = openLog({ level: "warn", pretty: true });
    const observer = await openObserver({
      engine,
      clock: systemClock,
      log,
      leaseMs,
      ...(registry && { registry }),
    });
    return { observer, engine };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/** Opens an observer for the duration of one action. */
export async function withObserver<Result>(
  config: Config,
  action: (observer: Observer, engine: Engine) => Promise<Result>,
  loadGenerators?: LoadGenerators,
): Promise<Result> {
  const { observer, engine } = await observe(config, loadGenerators);
  try {
    return await action(observer, engine);
  } finally {
    await observer.close();
    await engine.close();
  }
}

/** The generators validate a request's parameters here, so that a mistake is reported at once. */
export async function configuredGenerators({ generators }: Config): Promise<Registry> {
  if (generators !== undefined) return loadRegistry(generators);
  throw new CarryoutError(
    "invalid-config",
    "no generators module is set to check the parameters with: give --generators FILE or --config FILE",
  );
}
