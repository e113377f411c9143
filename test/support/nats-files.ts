/** @module Stores over the same parts on real nats-servers. */

import { systemClock } from "../../src/clock/system.ts";
import { openNatsFileStore } from "../../src/engines/nats/files/nats-file-store.ts";
import { type NatsLink, openNatsLink } from "../../src/engines/nats/jetstream/connection.ts";
import { filesStream, filesSubjects } from "../../src/engines/nats/jetstream/layout.ts";
import { type NatsStream, openNatsStream } from "../../src/engines/nats/jetstream/stream.ts";
import { prepareStreams } from "../../src/engines/nats/jetstream/streams.ts";
import type { FileStoreCluster } from "../../src/ports/contracts/file-store-contract.ts";
import type { FileStore } from "../../src/ports/file-store.ts";
import { silentLog } from "../../src/telemetry/log.ts";
import type { NatsServers } from "./nats-servers.ts";
import { eventually } from "./real-cluster.ts";

let clusters = 0;

export interface NatsFileCluster extends FileStoreCluster {
  readonly name: string;
  /** The stream as another client sees it, to inspect and tamper with. */
  readonly stream: NatsStream;
  readonly link: NatsLink;
  open(addresses?: string[]): Promise<FileStore>;
  /** The number of stored part messages. */
  messages(): Promise<number>;
}

/** A separate cluster on these servers, with as many replicas. */
export async function natsFileCluster(servers: NatsServers, replicas: number): Promise<NatsFileCluster> {
  clusters += 1;
  const name = `files-${process.pid}-${clusters}`;
  const link = await linkTo(servers.addresses);
  await eventually("streams", async () => {
    await prepareStreams(link, { name, recordStreams: 1 }, { replicas, filesBytes: null });
    return true;
  });
  const open: FileStore[] = [];
  const stream = await openNatsStream(link, filesStream(name));
  return {
    name,
    link,
    stream,
    async messages() {
      const { state } = await stream.info(`${filesSubjects(name)}*.>`);
      return Object.keys(state.subjects ?? {}).length;
    },
    async open(addresses = servers.addresses) {
      const store = await openNatsFileStore({
        link: await linkTo(addresses),
        name,
        clock: systemClock,
        log: silentLog,
      });
      open.push(store);
      return store;
    },
    async dispose() {
      try {
        await Promise.all(open.map((store) => store.close()));
        const { streams } = await link.manager();
        await eventually("streams removed", async () => {
          for await (const { config } of streams.list()) {
            if (config.name.includes(`${name}-`)) await streams.delete(config.name);
          }
          return true;
        });
      } finally {
        await link.close();
      }
    },
  };
}

export async function linkTo(servers: string[]): Promise<NatsLink> {
  const connection = { servers };
  return await openNatsLink({ connection, name: "test", clock: systemClock, log: silentLog });
}
