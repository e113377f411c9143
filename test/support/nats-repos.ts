/** @module Separate records for each test on the servers of a test file, and repos over them. */

import { jetstream } from "@nats-io/jetstream";
import { systemClock } from "../../src/clock/system.ts";
import { idOf } from "../../src/download/key.ts";
import { type NatsLink, openNatsLink } from "../../src/engines/nats/jetstream/connection.ts";
import { filesStream, type Layout, streamsOf } from "../../src/engines/nats/jetstream/layout.ts";
import { prepareStreams } from "../../src/engines/nats/jetstream/streams.ts";
import { dueName } from "../../src/engines/nats/records/history-index.ts";
import {
  type NatsRepo,
  type NatsRepoOptions,
  openNatsRepo,
} from "../../src/engines/nats/records/nats-repo.ts";
import { PLACES } from "../../src/engines/nats/records/record-places.ts";
import { streamIndexOf } from "../../src/engines/nats/records/record-subjects.ts";
import type { RepoPart } from "../../src/ports/contracts/repo-cluster.ts";
import { silentLog } from "../../src/telemetry/log.ts";
import type { NatsServers } from "./nats-servers.ts";
import { eventually } from "./real-cluster.ts";

let made = 0;

/** Each repo has its own connection, as each node has. */
export class NatsRepos {
  readonly layout: Layout;
  readonly #servers: NatsServers;
  readonly #links: NatsLink[] = [];
  readonly #repos: NatsRepo[] = [];

  private constructor(servers: NatsServers, layout: Layout) {
    this.#servers = servers;
    this.layout = layout;
  }

  /** Creates the streams, with as many replicas as there are servers. */
  static async make(servers: NatsServers, layout: Partial<Layout> = {}): Promise<NatsRepos> {
    made += 1;
    const repos = new NatsRepos(servers, { name: `repo-${made}`, recordStreams: 3, ...layout });
    const link = await repos.link();
    const replicas = servers.addresses.length;
    // Peers are known a moment after the servers are up.
    await eventually("the streams", async () => {
      await prepareStreams(link, repos.layout, { replicas, filesBytes: null });
      return true;
    });
    return repos;
  }

  /** A connection; only to the servers with these indexes, if any are given. */
  async link(...indexes: number[]): Promise<NatsLink> {
    const all = this.#servers.addresses;
    const servers = indexes.length === 0 ? all : indexes.map((index) => all[index]!);
    const connection = { servers, noRandomize: indexes.length > 0 };
    const link = await openNatsLink({ connection, name: "test", clock: systemClock, log: silentLog });
    this.#links.push(link);
    return link;
  }

  async open(options: Partial<NatsRepoOptions> = {}): Promise<NatsRepo> {
    const link = options.link ?? (await this.link());
    const repo = await openNatsRepo({
      layout: this.layout,
      clock: systemClock,
      log: silentLog,
      ...options,
      link,
    });
    this.#repos.push(repo);
    return repo;
  }

  /** Publishes a record's message past every repo; of the history, its id is in the index. */
  async plant(part: RepoPart, key: string, text: string): Promise<void> {
    const { name, recordStreams } = this.layout;
    const js = jetstream(this.#links[0]!.nats);
    const { subjects } = PLACES[part](name, streamIndexOf(key, recordStreams));
    await js.publish(`${subjects}${key}`, text);
    if (part !== "history") return;
    const index = PLACES.index(name, streamIndexOf(`${idOf(key)}.`, recordStreams));
    await js.publish(`${index.subjects}${dueName(key, null)}`, "");
  }

  /** Closes all repos, removes the streams where servers still answer, and closes the connections. */
  async dispose(): Promise<void> {
    await Promise.all(this.#repos.map((repo) => repo.close()));
    // Hundreds of streams with replicas would slow the servers down for the tests that follow.
    const manager = await this.#links[0]!.manager();
    const streams = [...Object.values(streamsOf(this.layout)).flat(), filesStream(this.layout.name)];
    await Promise.all(streams.map((stream) => manager.streams.delete(stream).catch(() => {})));
    await Promise.all(this.#links.map((link) => link.close()));
  }
}
