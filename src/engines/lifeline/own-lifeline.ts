/** @module How a member opens its own port for lifelines, and what it announces of it. */

import type { Socket } from "node:net";
import type { Log } from "../../telemetry/log.ts";
import type { LifelineAddress, StreamDoor } from "./announcement.ts";
import { announcedAddresses } from "./binding.ts";
import type { LifelineOption } from "./lifeline-option.ts";
import { type LifelineListener, listenForLifelines } from "./listener.ts";
import { privateStreams } from "./private-stream.ts";

/** Where to listen. Default: loopback, a port that is free, and the addresses that follow from the host. */
export type LifelineChoice =
  | Extract<LifelineOption, "off">
  | { host?: string; port?: number | null; addresses?: string[] };

/** A process that can be reached by private streams over its port. */
export interface StreamHost {
  readonly door: StreamDoor;
  accept(stream: Socket): void;
}

export interface OwnLifeline {
  readonly listener: LifelineListener;
  readonly address: LifelineAddress;
}

/** Null without a port: the member's heartbeats still arrive; only its death is detected later. */
export async function openOwnLifeline(
  choice: LifelineChoice,
  { incarnation, streams, log }: { incarnation: string; streams?: StreamHost | undefined; log: Log },
): Promise<OwnLifeline | null> {
  if (choice === "off") return null;
  const { host = "127.0.0.1", port, addresses = announcedAddresses(host) } = choice;
  try {
    const onAsk = streams && privateStreams(streams.door.key, (stream) => streams.accept(stream));
    const listener = await listenForLifelines({ host, port, incarnation, onAsk, log });
    const stream = streams && { stream: streams.door };
    return { listener, address: { addresses, port: listener.port, ...stream } };
  } catch (error) {
    log.warn({ error }, "this node can't listen for lifelines; peers will detect its death later");
    return null;
  }
}
