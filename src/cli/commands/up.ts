/** @module `carryout up`: a cluster of several nodes on this machine. */

import { Command } from "commander";
import { normalBasePath } from "../../http/base-path.ts";
import { httpUrl } from "../../server/http-servers.ts";
import { type CommandContext, configOf, examples, sourcesOf, WrongUsage, withSettings } from "../context.ts";
import { localOperatorToken, localSecret, operatorLine } from "../local-folder.ts";
import { outliveReaders } from "../terminal.ts";
import { UP_DEFAULTS } from "../up/defaults.ts";
import type { NodeOrders } from "../up/messages.ts";
import { clusterPorts, reservePorts } from "../up/ports.ts";
import { Primary } from "../up/primary.ts";

const SETTINGS = [
  "nodes",
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

export function upCommand(context: CommandContext): Command {
  const command = withSettings(new Command("up"), SETTINGS)
    .summary("run a cluster on this machine")
    .description(
      "Run several nodes on this machine. All share one entry port; node i (n1, n2, …) also listens on its own, port " +
        "+ i. A node that exits is restarted. Ctrl-C drains all nodes and leaves nothing running; unfinished " +
        "downloads resume at the next start.",
    )
    .option("--no-respawn", "do not restart a node that exits")
    .addHelpText("after", examples(EXAMPLES));
  return command.action(async (options: { respawn: boolean }) => {
    const config = await configOf(command, context, UP_DEFAULTS);
    if (!config.engine.persists && config.nodes > 1) {
      throw new WrongUsage(
        `the engine ${config.engine.name} lives inside one process, so several nodes would not see each other; ` +
          "use --nodes 1, or another engine such as --engine sqlite:.carryout",
      );
    }
    const secret = await localSecret(config, context.terminal);
    const ports = await reservePorts(clusterPorts(config.port, config.nodes), config.host);
    const operatorToken = await localOperatorToken(config);
    const { file, flags } = sourcesOf(command);
    const orders = ports.own.map(
      (ownPort, index): NodeOrders => ({
        file,
        flags,
        name: `n${index + 1}`,
        host: config.host,
        entryPort: ports.entry,
        ownPort,
        secret,
        operatorToken,
      }),
    );
    const entryUrl = httpUrl(config.host, ports.entry);
    const primary = new Primary({
      orders,
      links: [
        `Open ${entryUrl}${config.basePath === "/" ? "" : `${normalBasePath(config.basePath)}/`}  (Ctrl-C stops all nodes)`,
        operatorLine(config, entryUrl, operatorToken),
      ],
      respawn: options.respawn,
      terminal: context.terminal,
    });
    outliveReaders();
    context.exitCode = await primary.run();
  });
}

const EXAMPLES = {
  "carryout up": "three nodes, entry port 4000, data in .carryout",
  "carryout up --nodes 5 --port 8080": "five nodes behind port 8080",
  "carryout up --no-respawn": "then kill -9 a node's pid: it stays dead, its downloads continue",
  "carryout up --engine memory: --nodes 1": "for a quick try: nothing is kept",
  "carryout up --engine nats://localhost": "keep records and files in a nats-server on this machine",
};
