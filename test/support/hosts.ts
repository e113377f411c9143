/** @module Several hosts on one machine, each with its own network, and a switch between them that injects faults. */

import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import type { Lead } from "./door.ts";
import {
  addNamespace,
  ip,
  ipProgram,
  namespacePrefix,
  removeLeftNamespaces,
  removeNamespace,
} from "./namespaces.ts";
import { hardwareAddress, type Orders, type Path, TUNNELS } from "./switch.ts";

const SWITCH = fileURLToPath(new URL("switch.ts", import.meta.url));
const DOOR = fileURLToPath(new URL("door.ts", import.meta.url));
/** Larger packets make less work for the switch. */
const MTU_BYTES = 8_900;
const TUNNEL_MTU_BYTES = 9_000;

/** Why hosts are not possible here, or null. */
export async function hostsImpossible(): Promise<string | null> {
  if (process.platform !== "linux") return "network namespaces are Linux's";
  if (process.getuid?.() !== 0) return "network namespaces need root";
  if (ipProgram() === null) return "the program ip (iproute2) is missing";
  try {
    await (await Hosts.create(1)).dispose();
    return null;
  } catch (error) {
    return `this kernel gives us no network namespaces: ${(error as Error).message}`;
  }
}

export class Host {
  readonly number: number;
  /** Where the other hosts reach it. */
  readonly address: string;
  readonly namespace: string;
  readonly #children = new Set<ChildProcess>();
  readonly #urls = new Map<string, string>();
  #door: ChildProcess | null = null;

  constructor(number: number, address: string, namespace: string) {
    this.number = number;
    this.address = address;
    this.namespace = namespace;
  }

  /** Starts a program on this host. The process is the program itself: signals reach it, `exit` is its own. */
  spawn(program: string, parameters: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const words = ["netns", "exec", this.namespace, program, ...parameters];
    const child = spawn(ipProgram() ?? "ip", words, options);
    this.#children.add(child);
    child.once("exit", () => this.#children.delete(child));
    return child;
  }

  /** An address outside that forwards to a port of this host, or to one reachable from this host. */
  async outside(port: number, address: string = this.address): Promise<string> {
    const target = `${address}:${port}`;
    const known = this.#urls.get(target);
    if (known !== undefined) return known;
    this.#door ??= await this.#openDoor();
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const own = (server.address() as { port: number }).port;
    const taken = once(this.#door, "message");
    this.#door.send({ host: address, port } satisfies Lead, server);
    await taken;
    server.close(); // our copy; the door has its own
    this.#urls.set(target, `127.0.0.1:${own}`);
    return `127.0.0.1:${own}`;
  }

  /** Kills everything that runs here. */
  async killAll(): Promise<void> {
    const ended = [...this.#children].map(async (child) => {
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
    });
    await Promise.all(ended);
  }

  async #openDoor(): Promise<ChildProcess> {
    const door = this.spawn(process.execPath, [DOOR], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    await once(door, "message");
    return door;
  }
}

export class Hosts {
  readonly all: readonly Host[];
  /** Where the kernel's ends of the tunnels are. */
  readonly #wires: string;
  /** Where the switch runs. */
  readonly #centre: string;
  #switch: ChildProcess | null = null;
  #orders: Orders = { number: 0, paths: {} };

  private constructor(all: readonly Host[], prefix: string) {
    this.all = all;
    this.#wires = `${prefix}-wires`;
    this.#centre = `${prefix}-switch`;
  }

  /** Makes hosts that reach each other, and nothing else. */
  static async create(count: number): Promise<Hosts> {
    await removeLeftNamespaces();
    const prefix = namespacePrefix();
    // These addresses are not visible outside: the range only has to be unlikely to be mistaken for another.
    const range = `10.${64 + Math.floor(Math.random() * 128)}.${Math.floor(Math.random() * 256)}`;
    const all = Array.from(
      { length: count },
      (_, index) => new Host(index + 1, `${range}.${index + 1}`, `${prefix}-${index + 1}`),
    );
    const hosts = new Hosts(all, prefix);
    try {
      await hosts.#build();
      return hosts;
    } catch (error) {
      await hosts.dispose().catch(() => {}); // the first error says more
      throw error;
    }
  }

  /** Sets the quality of the path from one host to the other; `{}` is a perfect path. */
  async path(from: Host, to: Host, path: Path): Promise<void> {
    await this.#order({ ...this.#orders.paths, [`${from.number}>${to.number}`]: path });
  }

  /** Isolates the host from all others; its own programs still reach each other. */
  cutOff(host: Host): Promise<void> {
    return this.slow(host, { drop: true });
  }

  /** Loses packets from one to the other, but not in the other direction. */
  dropFrom(from: Host, to: Host): Promise<void> {
    return this.path(from, to, { drop: true });
  }

  /** Loses all packets between the two. */
  async cut(one: Host, other: Host): Promise<void> {
    await this.dropFrom(one, other);
    await this.dropFrom(other, one);
  }

  /** Sets the quality of all paths from and to this host. */
  async slow(host: Host, path: Path): Promise<void> {
    const paths = { ...this.#orders.paths };
    for (const { number } of this.all) {
      paths[`${host.number}>${number}`] = path;
      paths[`${number}>${host.number}`] = path;
    }
    await this.#order(paths);
  }

  /** Makes all paths perfect again. */
  async heal(): Promise<void> {
    await this.#order({});
  }

  /** Ends everything that runs on the hosts, and removes them. */
  async dispose(): Promise<void> {
    await Promise.all(this.all.map((host) => host.killAll()));
    this.#switch?.disconnect();
    const names = [...this.all.map(({ namespace }) => namespace), this.#wires, this.#centre];
    const existing = (await ip("netns list")).split("\n").map((line) => line.split(" ")[0]);
    const results = await Promise.allSettled(
      names.filter((name) => existing.includes(name)).map(removeNamespace),
    );
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }

  async #build(): Promise<void> {
    const [wires, centre] = [this.#wires, this.#centre];
    await Promise.all([wires, centre].map(addNamespace));
    const mtu = `mtu ${TUNNEL_MTU_BYTES}`;
    await ip(`link add near netns ${wires} ${mtu} type veth peer name far ${mtu} netns ${centre}`);
    await this.#up(wires, "near", `${TUNNELS.near}/30`);
    await this.#up(centre, "far", `${TUNNELS.far}/30`);
    for (const host of this.all) await this.#plugIn(host);
    this.#switch = await this.#startSwitch();
  }

  /** The network card is created in the tunnels' namespace and then moved, so that its tunnel stays there. */
  async #plugIn({ number, address, namespace }: Host): Promise<void> {
    const wires = this.#wires;
    const made = `card${number}`;
    await addNamespace(namespace);
    // The kernel must do the segmentation: this network card, which is emulated here, does not.
    const card = `address ${hardwareAddress(number)} mtu ${MTU_BYTES} gso_max_segs 1`;
    const tunnel = `type vxlan id ${number} remote ${TUNNELS.far} dstport ${TUNNELS.port} nolearning`;
    await ip(`-n ${wires} link add ${made} ${card} ${tunnel}`);
    await ip(`-n ${wires} link set ${made} netns ${namespace}`);
    await ip(`-n ${namespace} link set ${made} name eth0`);
    await this.#up(namespace, "eth0", `${address}/24`);
  }

  /** Brings the card up with this one address: the switch does not carry IPv6. */
  async #up(namespace: string, card: string, address: string): Promise<void> {
    await ip(`-n ${namespace} link set ${card} addrgenmode none`);
    await ip(`-n ${namespace} addr add ${address} dev ${card}`);
    await ip(`-n ${namespace} link set ${card} up`);
  }

  async #startSwitch(): Promise<ChildProcess> {
    const words = ["netns", "exec", this.#centre, process.execPath, SWITCH, String(this.all.length)];
    const child = spawn(ipProgram() ?? "ip", words, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const ended = once(child, "exit").then(([code]) => {
      throw new Error(`the switch ended with ${code}`);
    });
    await Promise.race([once(child, "message"), ended]);
    ended.catch(() => {}); // from now on a failed order reports it
    return child;
  }

  /** Resolves when the switch has applied the order. */
  async #order(paths: Record<string, Path>): Promise<void> {
    const child = this.#switch;
    if (!child?.connected) throw new Error("the switch does not run");
    this.#orders = { number: this.#orders.number + 1, paths };
    const { number } = this.#orders;
    child.send(this.#orders);
    for (;;) {
      const [answer] = await once(child, "message");
      if (answer === number) return;
    }
  }
}
