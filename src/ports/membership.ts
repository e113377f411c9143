/** @module Port: which nodes are alive. Wrong suspicion is safe (writes are fenced), only wasteful. */

/** Most busy places of one type whose end a node foretells. */
export const MOST_FORETOLD = 16;

/**
 * When busy places are expected to be free: milliseconds from the heartbeat that says so, the soonest first, at most
 * `MOST_FORETOLD` of each type. A place is left out while its node can't tell.
 */
export interface FreeInMs {
  process: readonly number[];
  inline: readonly number[];
}

export const NOTHING_FORETOLD: FreeInMs = { process: [], inline: [] };

/** What a node announces about itself. */
export interface Member {
  name: string;
  /** New at every process start. */
  incarnation: string;
  /** The node's own HTTP address, or null. */
  url: string | null;
  /** The process id on this machine, or null if the engine spans machines. */
  pid: number | null;
  version: string;
  /** Concurrent generations in separate processes. */
  capacity: number;
  /** Concurrent generations on the event loop, for generators that only wait. */
  inlineCapacity: number;
  draining: boolean;
  /** The kinds that it makes; null for an older version, which does not announce them. */
  kinds: readonly string[] | null;
  /** When its process started, by its own clock, milliseconds since the epoch; omitted by an older version. */
  startedAt?: number;
  /** The revision of each kind; empty until the node has loaded its generators, and for an older version. */
  revisions: Readonly<Record<string, string>>;
  /** Renewed with each heartbeat; empty for an older version. */
  freeInMs: FreeInMs;
}

/** A node as records name it: `name/incarnation`. */
export type NodeId = string;

export function nodeIdOf(member: Pick<Member, "name" | "incarnation">): NodeId {
  return `${member.name}/${member.incarnation}`;
}

export type MembershipEvent =
  | { type: "joined"; member: Member }
  | { type: "changed"; member: Member }
  /** Nothing but `freeInMs` has changed. */
  | { type: "foretold"; member: Member }
  /**
   * `certain`: the process is known to be gone. Otherwise it was only silent for the lease. Both may be wrong: then it
   * rejoins.
   */
  | { type: "left"; node: NodeId; certain: boolean };

/** A command that a node, or an operator's command line, can send to a node. */
export type Command = "drain";

/** The living members, as this node sees them. Views of two nodes may differ for a while. */
export interface Membership {
  /**
   * Announces this node and sends heartbeats until `leave`. Resolves when others can see it. `onAsked` is called with
   * each command that arrives here from then on, possibly more than once; `foretell` before each heartbeat, which
   * carries its answer. Neither may throw.
   */
  join(self: Member, onAsked?: (command: Command) => void, foretell?: () => FreeInMs): Promise<void>;
  /** Changes what others see of this node. */
  update(change: Partial<Pick<Member, "draining" | "url" | "capacity" | "revisions">>): Promise<void>;
  /** Tells the others that this node is gone for good. */
  leave(): Promise<void>;
  /**
   * Sends a command to a member, which may be this node, and repeats it: true once it has arrived, false if that was
   * not confirmed within some seconds. It may arrive nevertheless. Also available to observers.
   */
  ask(node: NodeId, command: Command): Promise<boolean>;
  /** The living members, this node included once it has joined. Cheap: answered from memory. */
  members(): Member[];
  /** "alive", "gone" (certain, or its lease expired), or "unknown" (never seen; wait a lease before acting). */
  standing(node: NodeId): "alive" | "gone" | "unknown";
  /** Calls the handler for every change from now on until unsubscribed. */
  watch(handler: (event: MembershipEvent) => void): () => void;
  close(): Promise<void>;
}
