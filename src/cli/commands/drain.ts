/** @module `carryout drain`: has a node hand its work over. */

import { Command } from "commander";
import { CarryoutError } from "../../errors.ts";
import type { Observer } from "../../tracker/observer.ts";
import type { NodeStatus } from "../../tracker/status.ts";
import {
  type CommandContext,
  configOf,
  examples,
  JSON_FLAG,
  TO_FIND_A_CLUSTER,
  withSettings,
} from "../context.ts";
import { withObserver } from "../observer.ts";

/** Longest wait for the node to hand its work over. */
const PATIENCE_MS = 10_000;

export function drainCommand(context: CommandContext): Command {
  const command = withSettings(new Command("drain"), TO_FIND_A_CLUSTER)
    .summary("make a node hand over its work")
    .description(
      "Make a node hand its downloads over to the others and accept no more. It keeps answering requests until it " +
        "is stopped; after a restart it accepts work again.",
    )
    .argument("<name>", "the node's name")
    .option(...JSON_FLAG)
    .addHelpText("after", examples({ "carryout drain n2": "before updating or stopping n2" }));
  return command.action(async (name: string, options: { json?: true }) => {
    const config = await configOf(command, context);
    await withObserver(config, async (observer) => {
      const drained = await drain(observer, name);
      if (options.json) context.terminal.answer(JSON.stringify({ name, drained: drained.length }));
      else context.terminal.answer(`${name} has handed over its work`);
    });
  });
}

/** Resolves when every living node of this name is draining and holds nothing. */
async function drain(observer: Observer, name: string): Promise<NodeStatus[]> {
  const asked = observer.cluster().nodes.filter((node) => node.name === name);
  if (asked.length === 0) {
    const names = observer.cluster().nodes.map((node) => node.name);
    const living = names.length === 0 ? "no node is alive" : `alive: ${names.join(", ")}`;
    throw new CarryoutError("not-found", `unknown node ${JSON.stringify(name)} (${living})`);
  }
  const isAsked = (node: NodeStatus) => asked.some(({ incarnation }) => incarnation === node.incarnation);
  // A node that has died meanwhile has nothing to hand over.
  if ((await observer.drainNode(name)) === "silent" && observer.cluster().nodes.some(isAsked)) {
    throw new CarryoutError("unavailable", `${name} did not answer; it may be frozen or disconnected`, {
      retriable: true,
    });
  }
  try {
    await observer.until(() => {
      const busy = observer
        .cluster()
        .nodes.some((node) => isAsked(node) && (!node.draining || node.running > 0));
      return busy ? undefined : true;
    }, AbortSignal.timeout(PATIENCE_MS));
    return asked;
  } catch (cause) {
    throw new CarryoutError(
      "unavailable",
      `${name} did not hand over its work within ${PATIENCE_MS / 1000} s`,
      {
        retriable: true,
        cause,
      },
    );
  }
}
