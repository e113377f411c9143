/** @module `carryout doctor`: checks the setup and says how to fix what is wrong. */

import { existsSync } from "node:fs";
import { Command } from "commander";
import type { Config } from "../../config/config.ts";
import { isCarryoutError, messageOf } from "../../errors.ts";
import type { Engine } from "../../ports/engine.ts";
import {
  type CommandContext,
  configOf,
  examples,
  JSON_FLAG,
  TO_FIND_A_CLUSTER,
  withSettings,
} from "../context.ts";
import {
  checkDownloads,
  checkEngine,
  checkFiles,
  checkGenerators,
  checkNodes,
  checkRecords,
  checkSecret,
} from "../doctor/cluster.ts";
import { type Finding, fail, type Outcome, ok } from "../doctor/finding.ts";
import { checkDataFolder, checkNode, checkPort, dataFolder } from "../doctor/machine.ts";
import { observe } from "../observer.ts";

export function doctorCommand(context: CommandContext): Command {
  const command = withSettings(new Command("doctor"), [...TO_FIND_A_CLUSTER, "port", "host", "generators"])
    .summary("check the setup")
    .description(
      "Check this machine, the settings, the engine, the generators and the nodes. One line each: ok, warn or fail, " +
        "with what to do. The exit code is 1 when something fails. Changes nothing.",
    )
    .option(...JSON_FLAG)
    .addHelpText("after", examples(EXAMPLES));
  return command.action(async (options: { json?: true }) => {
    const findings: Finding[] = [];
    for await (const finding of examine(() => configOf(command, context))) {
      findings.push(finding);
      if (!options.json) print(finding, context);
    }
    if (options.json) context.terminal.answer(JSON.stringify(findings));
    if (findings.some(({ verdict }) => verdict === "fail")) context.exitCode = 1;
  });
}

const EXAMPLES = {
  "carryout doctor": "before the first start, or when something looks wrong",
  "carryout doctor --config app/carryout.config.ts": "for an application in another folder",
};

/** In order of dependency; checks whose prerequisites failed are left out. */
async function* examine(load: () => Promise<Config>): AsyncIterable<Finding> {
  yield { check: "node", ...checkNode() };
  const config = await load().catch(messageOf);
  if (typeof config === "string") {
    yield { check: "settings", ...fail(config, "fix these settings; nodes cannot start otherwise") };
    return;
  }
  yield { check: "settings", ...ok(config.configFile ?? "no config file: defaults, environment and flags") };
  yield { check: "generators", ...(await checkGenerators(config)) };
  const folder = dataFolder(config);
  const place = folder === null ? null : await checkDataFolder(folder);
  if (place) yield { check: "data folder", ...place };
  if (place?.verdict === "fail") return;
  if (config.engine.spansMachines || (folder !== null && existsSync(folder)))
    return yield* examineCluster(config);
  yield { check: "engine", ...ok(`${config.engine.name} has no data yet that can be inspected from here`) };
  yield { check: "port", ...(await checkPort(config, [])) };
}

async function* examineCluster(config: Config): AsyncIterable<Finding> {
  const observed = await observe(config).catch((error: unknown) => ({ error }));
  if ("error" in observed) {
    const { error } = observed;
    const isAbsent = isCarryoutError(error) && error.details.isAbsent === true;
    const outcome = isAbsent
      ? ok(messageOf(error))
      : fail(messageOf(error), "nodes cannot start without their engine");
    yield { check: "engine", ...outcome };
    return;
  }
  const { observer, engine } = observed;
  try {
    const checks: [string, () => Outcome | Promise<Outcome>][] = [
      ["engine", () => checkEngine(engine.name, observer.trouble())],
      ["files", () => checkFiles(engine.files)],
      ["secret", () => checkSecret(config, engine)],
      ["nodes", () => checkNodes(observer.cluster().nodes)],
      ["records", () => checkRecords(observer.unreadable())],
      ["downloads", () => checkDownloads(observer, Date.now())],
      ["port", () => checkPort(config, observer.cluster().nodes)],
    ];
    yield* await findingsOf(engine);
    for (const [check, look] of checks) yield { check, ...(await look()) };
  } finally {
    await observer.close();
    await engine.close();
  }
}

async function findingsOf(engine: Engine): Promise<readonly Finding[]> {
  try {
    return (await engine.examine?.()) ?? [];
  } catch (error) {
    return [{ check: "engine", ...fail(messageOf(error), "see the nodes' logs") }];
  }
}

function print({ check, verdict, found, advice }: Finding, { terminal }: CommandContext): void {
  const [first, ...more] = found.split("\n");
  terminal.answer(`${verdict.padEnd(6)}${check.padEnd(13)}${first}`);
  for (const line of more) terminal.answer(`${" ".repeat(19)}${line}`);
  if (advice) terminal.answer(`${" ".repeat(19)}→ ${advice}`);
}
