/** @module The subjects that the members of a NATS cluster use, and whether this node receives anything at all. */

import { createInbox, errors, type Msg, type Subscription } from "@nats-io/transport-node";
import { readCommand } from "../../../ports/asking.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Command, NodeId } from "../../../ports/membership.ts";
import type { Log } from "../../../telemetry/log.ts";
import type { PingAnswer } from "../../lifeline/inquiry.ts";
import type { NatsLink } from "../jetstream/connection.ts";
import { memberSubjects } from "../jetstream/layout.ts";
import { encodeMessage, type NatsMemberMessage, readNatsMessage } from "./member-messages.ts";

/**
 * A server that has just started connects to the others within about a second. Until then it knows only its own
 * clients, and its "no responders" means little. This node's first server is known to work: the streams were opened
 * over it.
 */
const SERVER_MEETS_OTHERS_MS = 2_000;

/** An answer to this can be sent with `MembersWire.answer`. */
export type Asker = string;

export interface MembersWireOptions {
  link: NatsLink;
  name: string;
  clock: Clock;
  log: Log;
}

/** Nothing here throws or rejects because the link is lost: unsent messages are lost. */
export class MembersWire {
  readonly #options: MembersWireOptions;
  readonly #prefix: string;
  readonly #inbox = createInbox();
  readonly #subscriptions: Subscription[] = [];
  #stopFollowing: (() => void)[] = [];
  #hearingSince = Number.NEGATIVE_INFINITY;

  constructor(options: MembersWireOptions) {
    this.#options = options;
    this.#prefix = memberSubjects(options.name);
  }

  /** Receives broadcasts and answers to this node's hails: null means that no node answers. */
  listen(on: {
    message: (message: NatsMemberMessage) => void;
    answer: (message: NatsMemberMessage | null) => void;
    reconnect: () => void;
  }): void {
    const { link, clock } = this.#options;
    this.#subscribe(`${this.#prefix}news`, (message) => on.message(message));
    this.#subscribe(this.#inbox, (message) => on.answer(message), on.answer);
    const stop = link.onReconnect(() => {
      this.#hearingSince = clock.monotonic() + SERVER_MEETS_OTHERS_MS;
      on.reconnect();
    });
    this.#stopFollowing.push(stop);
  }

  /** Answers hails, pings and commands as this member until the returned function is called. */
  serve(
    node: NodeId,
    on: {
      hail: (message: NatsMemberMessage, asker: Asker) => void;
      ping: () => NatsMemberMessage | null;
      asked: (command: Command) => void;
    },
  ): () => void {
    const hails = this.#subscribe(`${this.#prefix}hail`, (message, asker) => on.hail(message, asker));
    const { nats } = this.#options.link;
    const pings = nats.subscribe(this.#subjectOf("ping", node), {
      callback: (error, { reply }) => {
        const answer = on.ping();
        if (!error && reply && answer) this.answer(reply, answer);
      },
    });
    const asks = nats.subscribe(this.#subjectOf("ask", node), {
      callback: (error, message) => {
        const command = error ? null : readCommand(message.string());
        if (command === null) return;
        if (!nats.isClosed()) message.respond();
        on.asked(command);
      },
    });
    this.#subscriptions.push(pings, asks);
    return () => {
      for (const each of [hails, pings, asks]) each.unsubscribe();
    };
  }

  tellAll(message: NatsMemberMessage): void {
    this.#publish(`${this.#prefix}news`, message);
  }

  /** Members answer to this node alone. */
  hail(message: NatsMemberMessage): void {
    this.#publish(`${this.#prefix}hail`, message, this.#inbox);
  }

  answer(asker: Asker, message: NatsMemberMessage): void {
    this.#publish(asker, message);
  }

  /** Asks this node for a sign of life. Its answer is also returned. */
  async ping(
    node: NodeId,
    timeoutMs: number,
  ): Promise<{ answer: PingAnswer; message: NatsMemberMessage | null }> {
    try {
      const { data } = await this.#options.link.nats.request(this.#subjectOf("ping", node), "", {
        timeout: timeoutMs,
      });
      return { answer: "answered", message: readNatsMessage(data) };
    } catch (error) {
      return { answer: isNobody(error) ? "nobody" : "silent", message: null };
    }
  }

  /** One attempt to have this node do something: true when it acknowledged it. */
  async ask(node: NodeId, command: Command, timeoutMs: number): Promise<boolean> {
    try {
      await this.#options.link.nats.request(this.#subjectOf("ask", node), command, { timeout: timeoutMs });
      return true;
    } catch {
      return false; // gone, slow, or the link is lost: the caller retries
    }
  }

  /** See `Inquiry.hearingSince`. */
  hearingSince(): number | null {
    return this.#options.link.cutOffMs() === null ? this.#hearingSince : null;
  }

  /** True if the server answers within this time: everything it sent before has then been received. */
  async hears(timeoutMs: number): Promise<boolean> {
    const { link, clock } = this.#options;
    if (link.nats.isClosed()) return false;
    const answered = link.nats.flush().then(
      () => true,
      () => false,
    );
    return await new Promise<boolean>((resolve) => {
      const cancel = clock.after(timeoutMs, () => resolve(false));
      void answered.then((yes) => {
        cancel();
        resolve(yes);
      });
    });
  }

  close(): void {
    for (const stop of this.#stopFollowing) stop();
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  #subscribe(
    subject: string,
    handler: (message: NatsMemberMessage, asker: Asker) => void,
    nobody?: (message: null) => void,
  ): Subscription {
    const receive = (message: Msg) => {
      if (message.headers?.code === 503) return nobody?.(null);
      const read = readNatsMessage(message.data);
      if (read) handler(read, message.reply ?? "");
    };
    const subscription = this.#options.link.nats.subscribe(subject, {
      callback: (error, message) => {
        if (error) this.#options.log.error({ error, subject }, "can't receive messages of members");
        else receive(message);
      },
    });
    this.#subscriptions.push(subscription);
    return subscription;
  }

  #publish(subject: string, message: NatsMemberMessage, reply?: string): void {
    const { nats } = this.#options.link;
    if (nats.isClosed() || subject === "") return;
    nats.publish(subject, encodeMessage(message), reply === undefined ? {} : { reply });
  }

  /** Encodes a node id, which may contain characters that subjects must not. */
  #subjectOf(what: "ping" | "ask", node: NodeId): string {
    return `${this.#prefix}${what}.${Buffer.from(node, "utf8").toString("base64url")}`;
  }
}

function isNobody(error: unknown): boolean {
  if (error instanceof errors.NoRespondersError) return true;
  return error instanceof errors.RequestError && error.isNoResponders();
}
