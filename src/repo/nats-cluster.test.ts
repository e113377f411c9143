import { after, before, describe } from "node:test";
import { NatsRepos } from "../../test/support/nats-repos.ts";
import { NatsServers } from "../../test/support/nats-servers.ts";
import { repoContract } from "./contract.ts";

describe("on three nats-servers, each record on all of them", () => {
  let servers: NatsServers;

  before(async () => {
    servers = await NatsServers.start({ count: 3 });
  });
  after(() => servers.stop());

  repoContract("nats", () => NatsRepos.make(servers));
});
