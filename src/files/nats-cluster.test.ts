import { after, before } from "node:test";
import { natsFileCluster } from "../../test/support/nats-files.ts";
import { NatsServers } from "../../test/support/nats-servers.ts";
import { fileStoreContract } from "./contract.ts";

let servers: NatsServers;
before(async () => {
  servers = await NatsServers.start({ count: 3 });
});
after(() => servers?.stop());

fileStoreContract("nats, three servers", () => natsFileCluster(servers, 3));
