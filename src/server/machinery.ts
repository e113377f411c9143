/** @module The local parts of a node: its generators, its engine, and the processes that run the generators. */

import { systemClock } from "../clock/system.ts";
import type { Config } from "../config/config.ts";
import { withoutSecrets } from "../config/secrets.ts";
import { filesIn } from "../engines/files.ts";
import type { CarryoutError } from "../errors.ts";
import type { Executor } from "../generator/executor.ts";
import { openExecutor } from "../generator/executors.ts";
import type { OnSlow } from "../generator/load-module.ts";
import { loadRegistry, type Registry, registryOf } from "../generator/registry.ts";
import type { Engine } from "../ports/engine.ts";
import type { Log } from "../ports/log.ts";
import type { NodeExtras } from "./extras.ts";
import { rehearse } from "./rehearsal.ts";

export interface Machinery {
  readonly registry: Registry;
  readonly engine: Engine;
  readonly executor: Executor;
}

interface Parts extends Pick<NodeExtras, "generators"> {
  log: Log;
  env: Environment;
}

type Environment = NonNullable<NodeExtras["env"]>;

/** Registers what it opens with the stack, which closes it in reverse order. */
export async function openMachinery(
  config: Config,
  { log, env, generators }: Parts,
  opened: AsyncDisposableStack,
): Promise<Machinery> {
  const registry = generators ? registryOf(generators) : await loadedRegistry(config, log);
  const engine = opened.adopt(await openEngine(config, log, env), (it) => it.close());
  const { cluster: id, name, files } = engine;
  if (id !== undefined) await files.claim?.({ id, name });
  const executor = opened.adopt(executorFor(config, registry, log, env), (it) => it.close());
  // While the processes load the generators. Nothing depends on it.
  rehearse().catch((error) => log.debug({ error }, "rehearsal failed"));
  return { registry, engine, executor };
}

/** The node has no port yet, so problems go to its log. */
export function tellBy(log: Log): OnSlow {
  return (message) => log.warn({}, message);
}

async function loadedRegistry({ generators }: Config, log: Log): Promise<Registry> {
  if (generators !== undefined) return loadRegistry(generators, tellBy(log));
  log.warn({}, "no generators module is set: this node can't make any file");
  return registryOf([]);
}

function openEngine(config: Config, log: Log, env: Environment): Promise<Engine> {
  const { engine, leaseMs, files, synchronous, reserveBytes, name: node } = config;
  const context = { clock: systemClock, log, reserveBytes };
  return engine.open({ ...context, leaseMs, synchronous, node, env, openFiles: filesIn(files, context) });
}

function executorFor({ capacity }: Config, registry: Registry, log: Log, env: Environment): Executor {
  const onTrouble = (error: CarryoutError) => log.error({ error }, "generator process failed");
  return openExecutor({ registry, clock: systemClock, capacity, env: withoutSecrets(env), onTrouble });
}
