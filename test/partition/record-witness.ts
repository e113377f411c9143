/** @module Follows the records on every nats-server: each accepted write, in order. */

import { jetstreamManager } from "@nats-io/jetstream";
import { connect, type Msg, type NatsConnection } from "@nats-io/transport-node";
import type { Download } from "../../src/download/download.ts";
import { liveSubjects, recordStream } from "../../src/engines/nats/jetstream/layout.ts";
import type { AcceptedRecord } from "../support/accepted-records.ts";

/** The engine's default names. */
const NAME = "carryout";
const RECORD_STREAMS = 3;

interface Accepted extends AcceptedRecord {
  sequence: number;
}

export class RecordWitness {
  readonly #connections: NatsConnection[];
  /** By stream and sequence: several servers report the same writes. */
  readonly #accepted = new Map<string, Accepted>();

  private constructor(connections: NatsConnection[]) {
    this.#connections = connections;
    for (const connection of connections) {
      for (let index = 0; index < RECORD_STREAMS; index++) {
        connection.subscribe(`${liveSubjects(NAME, index)}>`, {
          callback: (_, message) => this.#take(message),
        });
      }
    }
  }

  /** Each server by an address that reaches it even when its host is cut off. */
  static async open(servers: string[]): Promise<RecordWitness> {
    const options = { maxReconnectAttempts: -1, reconnectTimeWait: 100, ignoreClusterUpdates: true };
    return new RecordWitness(
      await Promise.all(servers.map((server) => connect({ ...options, servers: [server] }))),
    );
  }

  #take({ subject, headers, data }: Msg): void {
    const sequence = Number(headers?.get("Nats-Sequence"));
    const [, , stream, user, slot] = subject.split(".");
    if (!Number.isInteger(sequence) || slot === undefined) return;
    const download = data.length === 0 ? null : (JSON.parse(Buffer.from(data).toString()) as Download);
    this.#accepted.set(`${stream}/${sequence}`, { sequence, key: `${stream}/${user}.${slot}`, download });
  }

  async close(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()));
  }

  /** In the order of each server. */
  async accepted(): Promise<AcceptedRecord[]> {
    return [...this.#accepted.values()].sort((a, b) => a.sequence - b.sequence);
  }

  /** The name of the nats-server that leads the stream with this download's record. */
  async leaderOf(id: string): Promise<string> {
    const written = [...this.#accepted.values()].find(({ download }) => download?.id === id);
    if (!written) throw new Error(`no record of ${id} was seen`);
    const stream = recordStream(NAME, Number(written.key.split("/")[0]));
    for (const connection of this.#connections) {
      const manager = await jetstreamManager(connection, { checkAPI: false });
      const { cluster } = await manager.streams.info(stream);
      if (cluster?.leader) return cluster.leader;
    }
    throw new Error(`${stream} has no leader`);
  }
}
