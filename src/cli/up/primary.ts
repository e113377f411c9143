/** @module The primary of `carryout up`: starts, restarts and stops the node processes. Serves nothing itself. */

import cluster, { type Worker } from "node:cluster";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Terminal } from "../terminal.ts";
import { type NodeOrders, type NodeReport, ORDERS_VARIABLE } from "./messages.ts";
import { Respawn } from "./respawn.ts";

/** A node that has not drained by then is frozen or hanging, and is killed. */
const GRACE_MS = 5_000;
/** npm forwards a Ctrl-C that the terminal has already sent: a signal this soon after another is a duplicate. */
const SAME_SIGNAL_MS = 500;
const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

interface SupervisedNode {
  readonly orders: NodeOrders;
  readonly respawn: Respawn;
  worker: Worker | null;
  /** Null until it is ready. */
  readySince: number | null;
  /** Its own address, once it is ready. */
  url: string | null;
  /** Its error message when it could not start. */
  failure: Extract<NodeReport, { type: "failed" }> | null;
  restart: NodeJS.Timeout | null;
}

/** Runs until it is stopped, or until no node is left and none will be restarted. */
export class Primary {
  readonly #nodes: SupervisedNode[];
  readonly #terminal: Terminal;
  readonly #links: readonly string[];
  readonly #isRespawning: boolean;
  readonly #ended = Promise.withResolvers<number>();
  #stoppingSince: number | null = null;
  #exitCode = 0;
  #isAnnounced = false;
  #lastFailure: string | null = null;

  constructor(options: {
    orders: readonly NodeOrders[];
    /** Lines that say what to open, printed once the nodes are ready. */
    links: readonly string[];
    respawn: boolean;
    terminal: Terminal;
  }) {
    this.#terminal = options.terminal;
    this.#links = options.links;
    this.#isRespawning = options.respawn;
    this.#nodes = options.orders.map((orders) => ({
      orders,
      respawn: new Respawn(),
      worker: null,
      readySince: null,
      url: null,
      failure: null,
      restart: null,
    }));
  }

  /** Resolves with the exit code once everything has stopped. */
  async run(): Promise<number> {
    // The nodes accept directly from one shared socket: no process sits in between, and a frozen or dead one
    // accepts no connections.
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    cluster.setupPrimary({
      exec: fileURLToPath(new URL(`./node-process${extname(import.meta.url)}`, import.meta.url)),
      args: [],
    });
    const stop = () => this.#stopOrKill();
    for (const signal of STOP_SIGNALS) process.on(signal, stop);
    // The parent that started this process with a channel is gone, so nothing else would stop it.
    process.once("disconnect", stop);
    for (const node of this.#nodes) this.#start(node);
    const exitCode = await this.#ended.promise;
    for (const signal of STOP_SIGNALS) process.off(signal, stop);
    return exitCode;
  }

  get #isStopping(): boolean {
    return this.#stoppingSince !== null;
  }

  #start(node: SupervisedNode): void {
    const worker = cluster.fork({ [ORDERS_VARIABLE]: JSON.stringify(node.orders) });
    Object.assign(node, { worker, readySince: null, failure: null, restart: null });
    worker.on("message", (report: NodeReport) => {
      if (report.type === "failed") node.failure = report;
      else this.#ready(node, report.url);
    });
    worker.once("exit", (code: number | null, signal: string | null) => this.#exited(node, code, signal));
    worker.on("error", (error) => this.#terminal.say(`${node.orders.name}: ${error.message}`));
  }

  #ready(node: SupervisedNode, url: string): void {
    Object.assign(node, { readySince: performance.now(), url });
    this.#lastFailure = null;
    if (this.#isAnnounced) this.#tellOf(node);
    else this.#announce();
  }

  /** Printed at the start, when all nodes that can start are ready: in order, followed by what to open. */
  #announce(): void {
    const isOpen = this.#nodes.some(({ readySince, failure }) => readySince === null && failure === null);
    const ready = this.#nodes.filter(({ readySince }) => readySince !== null);
    if (isOpen || ready.length === 0) return;
    this.#isAnnounced = true;
    for (const node of ready) this.#tellOf(node);
    for (const line of this.#links) this.#terminal.answer(line);
  }

  #tellOf({ orders, url, worker }: SupervisedNode): void {
    this.#terminal.answer(`${orders.name}  ${url}  pid ${worker?.process.pid}`);
  }

  #exited(node: SupervisedNode, code: number | null, signal: string | null): void {
    const servedMs = node.readySince === null ? 0 : performance.now() - node.readySince;
    node.worker = null;
    node.readySince = null;
    if (!this.#isStopping) {
      if (node.failure !== null) this.#couldNotStart(node.failure);
      else this.#terminal.say(`${node.orders.name}  exited (${signal ?? `exit code ${code}`})`);
    }
    // The message may have ended everything.
    if (!this.#isStopping && this.#isRespawning) {
      node.restart = setTimeout(() => this.#start(node), node.respawn.delayMs(servedMs));
    } else if (!this.#isStopping && code !== 0) this.#exitCode = 1;
    this.#endIfEmpty();
  }

  /** Reported once. If no node is running, what keeps one from starting keeps all from it, so everything ends. */
  #couldNotStart({ message, retriable }: { message: string; retriable: boolean }): void {
    if (this.#lastFailure !== message) this.#terminal.say(`carryout: ${message}`);
    this.#lastFailure = message;
    const isAlone = this.#nodes.every(({ readySince }) => readySince === null);
    if (isAlone && !(retriable && this.#isAnnounced)) {
      this.#exitCode = 1;
      this.#stop();
    } else if (!this.#isAnnounced) this.#announce();
  }

  #stopOrKill(): void {
    if (this.#stoppingSince === null) this.#stop();
    else if (performance.now() - this.#stoppingSince > SAME_SIGNAL_MS) this.#kill();
  }

  #stop(): void {
    this.#stoppingSince = performance.now();
    for (const node of this.#nodes) {
      if (node.restart) clearTimeout(node.restart);
      node.restart = null;
      node.worker?.process.kill("SIGTERM");
    }
    setTimeout(() => this.#kill(), GRACE_MS).unref();
    this.#endIfEmpty();
  }

  #kill(): void {
    for (const { worker, orders } of this.#nodes) {
      if (!worker) continue;
      this.#terminal.say(`${orders.name}  did not exit in time: killed`);
      worker.process.kill("SIGKILL");
    }
  }

  #endIfEmpty(): void {
    const isLeft = this.#nodes.some(
      ({ worker, restart }) => worker !== null || (restart && !this.#stoppingSince),
    );
    if (!isLeft) this.#ended.resolve(this.#exitCode);
  }
}
