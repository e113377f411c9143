import { after, before, describe } from "node:test";
import { NatsRepos } from "../../test/support/nats-repos.ts";
import { NatsServers } from "../../test/support/nats-servers.ts";
import { repoContract } from "./contract.ts";

describe("on one nats-server", () => {
  let servers: NatsServers;

  before(async () => {
    servers = await NatsServers.start();
  });
  after(() => servers.stop());

  repoContract("nats", () => NatsRepos.make(servers));
});
