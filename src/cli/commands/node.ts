/** @module `carryout node`: one node, as run in production. */

import { Command } from "commander";
import { takeSecrets } from "../../config/secrets.ts";
import { randomName } from "../../server/node-name.ts";
import { openLog } from "../../telemetry/log.ts";
import { type CommandContext, configOf, examples, withSettings } from "../context.ts";
import { knownOperatorToken, localOperatorToken, operatorLine } from "../local-folder.ts";
import { nodeLog } from "../node-log.ts";
import { endAfter, untilStopped } from "../stop-signals.ts";
import { outliveReaders } from "../terminal.ts";
import { surviveUncaughtErrors } from "../uncaught-errors.ts";
import { UP_DEFAULTS } from "../up/defaults.ts";

const SETTINGS = [
  "name",
  "port",
  "host",
  "basePath",
  "engine",
  "files",
  "config",
  "generators",
  "routes",
  "capacity",
  "logLevel",
] as const;

export function nodeCommand(context: CommandContext): Command {
  const command = withSettings(new Command("node"), SETTINGS)
    .summary("run one node")
    .description(
      "Run one node in the foreground. It joins the other nodes on its engine. SIGTERM or Ctrl-C hands over its " +
        "work and stops it; a second one stops it at once. Logs are JSON lines, or readable lines on a terminal.",
    )
    .option(
      "--local-cluster",
      "all nodes run on this machine: share an operator token in the data folder and print the link with it",
    )
    .addHelpText("after", examples(EXAMPLES));
  return command.action(async ({ localCluster = false }: { localCluster?: boolean }) => {
    const config = await configOf(command, context, localCluster ? UP_DEFAULTS : {});
    const name = config.name ?? randomName();
    const operatorToken = await (localCluster ? localOperatorToken : knownOperatorToken)(config);
    const log =
      localCluster || process.stderr.isTTY
        ? nodeLog(config.logLevel, name)
        : openLog({ level: config.logLevel }).child({ node: name });
    surviveUncaughtErrors(log);
    outliveReaders();
    const env = takeSecrets(process.env);
    // The only command that needs a whole node; the others start faster without it.
    const { startNode } = await import("../../server/start.ts");
    const starting = startNode({ ...config, name, operatorToken }, { log, localCluster, env });
    const failed = Promise.withResolvers<never>();
    starting.then(({ url }) => {
      context.terminal.answer(`${name}  ${url}  pid ${process.pid}`);
      if (localCluster && operatorToken) context.terminal.answer(operatorLine(config, url, operatorToken));
    }, failed.reject);
    // A node serves before it is fully started: if stopped in between, it hands over what it has taken by then.
    await untilStopped(failed.promise);
    const endAtOnce = () => process.exit(1);
    process.once("SIGINT", endAtOnce).once("SIGTERM", endAtOnce);
    endAfter(config.stopMs);
    await (await starting).close();
  });
}

const EXAMPLES = {
  "carryout node --port 4001 --name n1": "the first node",
  "carryout node --port 4002 --name n2": "a second one, in another terminal: they find each other",
  "CARRYOUT_SECRET=… carryout node --host 0.0.0.0": "reachable from other machines",
};
