/** @module What the tabs of one browser tell each other. */

import type { StreamStatus } from "./event-stream.ts";
import type { StreamMessage } from "./stream-message.ts";

export type LeaderMessage =
  | { type: "message"; viewer: string | null; message: StreamMessage; rank: number }
  /** `hidden`: nobody sees the leader's page. */
  | { type: "status"; status: StreamStatus; rank: number; hidden: boolean }
  | { type: "alive"; rank: number };

export type ChannelMessage =
  | LeaderMessage
  /** The leader has gone. */
  | { type: "bye" }
  /** A tab requests the snapshot, for its viewer if known. */
  | { type: "hello"; viewer: string | null | undefined };

/** Null if unsupported, or if site data is blocked, in which case the constructor throws. */
export function openChannel(name: string): BroadcastChannel | null {
  try {
    return new BroadcastChannel(name);
  } catch {
    return null;
  }
}
