/** @module `carryout nodes`: the living nodes. */

import { Command } from "commander";
import { presentNode } from "../../http/present.ts";
import type { NodeStatus } from "../../tracker/status.ts";
import {
  type CommandContext,
  configOf,
  examples,
  JSON_FLAG,
  TO_FIND_A_CLUSTER,
  withSettings,
} from "../context.ts";
import { table } from "../format.ts";
import { withObserver } from "../observer.ts";

export function nodesCommand(context: CommandContext): Command {
  const command = withSettings(new Command("nodes"), TO_FIND_A_CLUSTER)
    .summary("list living nodes")
    .description("List the living nodes and how many files each one is making.")
    .option(...JSON_FLAG)
    .addHelpText("after", examples(EXAMPLES));
  return command.action(async (options: { json?: true }) => {
    const config = await configOf(command, context);
    await withObserver(config, async (observer, engine) => {
      const nodes = observer.cluster().nodes;
      if (options.json) return context.terminal.answer(JSON.stringify(nodes.map(presentNode)));
      if (nodes.length === 0) context.terminal.say(`No node is alive on ${engine.name}.`);
      for (const line of nodeTable(nodes)) context.terminal.answer(line);
    });
  });
}

const EXAMPLES = {
  "carryout nodes": "names, addresses, load",
  "carryout nodes --engine sqlite:/srv/carryout": "for a cluster with its data elsewhere",
};

function nodeTable(nodes: readonly NodeStatus[]): string[] {
  const rows = nodes.map(({ name, url, pid, version, capacity, running, draining }) => [
    name,
    url ?? "",
    pid === null ? "" : String(pid),
    version,
    `${running} of ${capacity}`,
    draining ? "draining" : "",
  ]);
  return table(["NAME", "URL", "PID", "VERSION", "RUNNING", ""], rows);
}
