/** @module Commands between the processes of one machine, and their acknowledgements. */

import type { Json } from "../../../download/json.ts";
import { readCommand } from "../../../ports/asking.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Command, NodeId } from "../../../ports/membership.ts";
import type { Mesh } from "../../mesh/mesh.ts";

const CHANNEL = "ask";

export class MeshAsks {
  readonly #mesh: Mesh;
  readonly #clock: Clock;
  readonly #stop: () => void;
  /** Called when a command was acknowledged, by its id. */
  readonly #asked = new Map<string, () => void>();
  #served: { node: NodeId; onAsked: (command: Command) => void } | null = null;

  constructor(mesh: Mesh, clock: Clock) {
    this.#mesh = mesh;
    this.#clock = clock;
    this.#stop = mesh.subscribe(CHANNEL, (message, from) => this.#receive(message, from));
  }

  /** Carries out commands for this node from now on. */
  serve(node: NodeId, onAsked: (command: Command) => void): void {
    this.#served = { node, onAsked };
  }

  /** One attempt to have this node do something, over a connection to its process: true when it acknowledged it. */
  async ask(
    peer: string,
    message: { ask: Command; node: NodeId; id: string },
    timeoutMs: number,
  ): Promise<boolean> {
    const patience = new AbortController();
    this.#asked.set(message.id, () => patience.abort());
    this.#mesh.send(peer, CHANNEL, message);
    await this.#clock.sleep(timeoutMs, patience.signal);
    this.#asked.delete(message.id);
    return patience.signal.aborted;
  }

  /** Unknown messages, as a process of another version might send, are ignored. */
  #receive(message: Json, from: string): void {
    if (typeof message !== "object" || message === null || Array.isArray(message)) return;
    const { ask, node, id } = message;
    if (typeof id !== "string") return;
    if (ask === undefined) {
      this.#asked.get(id)?.();
      return;
    }
    const command = readCommand(ask);
    if (command === null || this.#served === null || node !== this.#served.node) return;
    this.#mesh.send(from, CHANNEL, { id });
    this.#served.onAsked(command);
  }

  close(): void {
    this.#stop();
    this.#served = null;
  }
}
