/** @module The program of a process that receives all record changes as nodes do, over many connections. */

import { connect } from "@nats-io/transport-node";
import { readNatsUrl } from "../../src/engines/nats/nats-url.ts";

const { url, count } = JSON.parse(process.argv[2] as string) as { url: string; count: number };
const { servers, name } = readNatsUrl(url);
for (let index = 0; index < count; index++) {
  const nats = await connect({ servers: [servers[index % servers.length]!] });
  nats.subscribe(`${name}.live.>`, { callback: () => {} });
  await nats.flush();
}
process.on("disconnect", () => process.exit(0));
process.send?.("up");
