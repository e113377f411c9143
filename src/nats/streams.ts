/** @module The streams of a cluster: created when they are not there. */

import { StorageType, type StreamConfig } from "@nats-io/jetstream";
import type { NatsLink } from "./connection.ts";
import {
  filesStream,
  filesSubjects,
  type Layout,
  liveSubjects,
  recordStream,
  recordSubjects,
} from "./layout.ts";
import { isStreamNotFound } from "./stream.ts";

/** Creates what is missing of a cluster's streams. */
export async function prepareStreams(link: NatsLink, layout: Layout, replicas: number): Promise<void> {
  const { name, recordStreams } = layout;
  const wanted = Array.from({ length: recordStreams }, (_, index) => recordsConfig(name, index, replicas));
  const manager = await link.manager();
  for (const config of [...wanted, filesConfig(name, replicas)]) {
    try {
      await manager.streams.info(config.name);
    } catch (error) {
      if (!isStreamNotFound(error)) throw error;
      await manager.streams.add(config);
    }
  }
}

type Config = Partial<StreamConfig> & { name: string };

function recordsConfig(name: string, index: number, replicas: number): Config {
  return {
    name: recordStream(name, index),
    subjects: [`${recordSubjects(name, index)}>`],
    max_msgs_per_subject: 1,
    storage: StorageType.File,
    num_replicas: replicas,
    allow_rollup_hdrs: true,
    deny_delete: false,
    allow_direct: true,
    republish: { src: `${recordSubjects(name, index)}>`, dest: `${liveSubjects(name, index)}>` },
  };
}

function filesConfig(name: string, replicas: number): Config {
  return {
    name: filesStream(name),
    subjects: [`${filesSubjects(name)}>`],
    max_msgs_per_subject: 1,
    storage: StorageType.File,
    num_replicas: replicas,
    deny_delete: false,
    allow_direct: true,
  };
}
