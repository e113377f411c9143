/** @module How a member opens its own port for lifelines, and what it announces of it. */

import type { Log } from "../../telemetry/log.ts";
import type { LifelineAddress } from "./announcement.ts";
import { announcedAddresses } from "./binding.ts";
import type { LifelineOption } from "./lifeline-option.ts";
import { type LifelineListener, listenForLifelines } from "./listener.ts";

/** Where to listen. Default: loopback, a port that is free, and the addresses that follow from the host. */
export type LifelineChoice =
  | Extract<LifelineOption, "off">
  | { host?: string; port?: number | null; addresses?: string[] };

export interface OwnLifeline {
  readonly listener: LifelineListener;
  readonly address: LifelineAddress;
}

/** Null without a port: the member's heartbeats still arrive; only its death is detected later. */
export async function openOwnLifeline(
  choice: LifelineChoice,
  { incarnation, log }: { incarnation: string; log: Log },
): Promise<OwnLifeline | null> {
  if (choice === "off") return null;
  const { host = "127.0.0.1", port, addresses = announcedAddresses(host) } = choice;
  try {
    const listener = await listenForLifelines({ host, port, incarnation, log });
    return { listener, address: { addresses, port: listener.port } };
  } catch (error) {
    log.warn({ error }, "this node can't listen for lifelines; peers will detect its death later");
    return null;
  }
}
