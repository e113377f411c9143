/** @module Stores over the same parts on real nats-servers. */

import { systemClock } from "../../src/clock/system.ts";
import type { FileStoreCluster } from "../../src/files/contract.ts";
import type { FileStore } from "../../src/files/file-store.ts";
import { openNatsFileStore } from "../../src/files/nats.ts";
import { type NatsLink, openNatsLink } from "../../src/nats/connection.ts";
import { filesStream } from "../../src/nats/layout.ts";
import { type NatsStream, openNatsStream } from "../../src/nats/stream.ts";
import { prepareStreams } from "../../src/nats/streams.ts";
import { silentLog } from "../../src/telemetry/log.ts";
import type { NatsServers } from "./nats-servers.ts";
import { eventually } from "./real-cluster.ts";

let clusters = 0;

export interface NatsFileCluster extends FileStoreCluster {
  readonly name: string;
  /** The stream as one more client sees it, to look at and to meddle with. */
  readonly stream: NatsStream;
  readonly link: NatsLink;
  open(addresses?: string[]): Promise<FileStore>;
}

/** A cluster of its own on these servers, with as many replicas. */
export async function natsFileCluster(servers: NatsServers, replicas: number): Promise<NatsFileCluster> {
  clusters += 1;
  const name = `files-${process.pid}-${clusters}`;
  const link = await linkTo(servers.addresses);
  await eventually("streams", async () => {
    await prepareStreams(link, { name, recordStreams: 1 }, replicas);
    return true;
  });
  const open: FileStore[] = [];
  return {
    name,
    link,
    stream: await openNatsStream(link, filesStream(name)),
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
      await Promise.all(open.map((store) => store.close()));
      const manager = await link.manager();
      for await (const stream of manager.streams.list()) {
        if (stream.config.name.includes(name)) await manager.streams.delete(stream.config.name);
      }
      await link.close();
    },
  };
}

export async function linkTo(servers: string[]): Promise<NatsLink> {
  const connection = { servers };
  return await openNatsLink({ connection, name: "test", clock: systemClock, log: silentLog });
}
