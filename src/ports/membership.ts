/** @module Port: which nodes are alive. Wrong suspicion is safe (writes are fenced), only wasteful. */

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
  /** The revision of each kind; empty until the node has loaded its generators, and for an older version. */
  revisions: Readonly<Record<string, string>>;
}

/** A node as records name it: `name/incarnation`. */
export type NodeId = string;

export function nodeIdOf(member: Pick<Member, "name" | "incarnation">): NodeId {
  return `${member.name}/${member.incarnation}`;
}

export type MembershipEvent =
  | { type: "joined"; member: Member }
  | { type: "changed"; member: Member }
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
   * each command that arrives here from then on, possibly more than once; it must not throw.
   */
  join(self: Member, onAsked?: (command: Command) => void): Promise<void>;
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
