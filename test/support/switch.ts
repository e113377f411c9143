/**
 * @module The switch between test hosts: a process that forwards their frames, and drops, delays or throttles them on
 * request. Each host's network card is a VXLAN device whose tunnel ends here. So faults need no kernel support (netem
 * and packet filters are often missing), start at once, and can affect one direction only.
 */

import { createSocket } from "node:dgram";

/** What happens to packets on their way from one host to another. */
export interface Path {
  /** Nothing arrives. */
  drop?: boolean;
  /** Milliseconds that a packet takes. */
  delayMs?: number;
  /** Milliseconds by which the delay varies, up or down; packets don't overtake each other. */
  jitterMs?: number;
  lossPercent?: number;
  /** Megabits per second; packets beyond a queue of a quarter of a second are lost. */
  rateMbit?: number;
}

/** Sent by the test: the imperfect paths, by "from>to". Acknowledged by sending it back. */
export interface Orders {
  number: number;
  paths: Record<string, Path>;
}

/** The kernel's end of all tunnels, and the switch's: in two namespaces, since the kernel bypasses tunnels to itself */
export const TUNNELS = { near: "169.254.0.1", far: "169.254.0.2", port: 4_789 } as const;

const TUNNEL_HEADER = 8;
const ETHERNET_HEADER = 14;
const IPV4 = 0x0800;
const ARP = 0x0806;
const TCP = 6;
const UDP = 17;
const QUEUE_MS = 250;

/** Host `number`'s hardware address. */
export function hardwareAddress(number: number): string {
  return `02:00:00:00:00:${number.toString(16).padStart(2, "0")}`;
}

/** One direction between two hosts. */
class Direction {
  readonly #send: (frame: Buffer) => void;
  readonly #queue: { frame: Buffer; at: number }[] = [];
  #path: Path = {};
  #lineFreeAt = 0;
  #lastAt = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(send: (frame: Buffer) => void) {
    this.#send = send;
  }

  set path(path: Path) {
    this.#path = path;
    if (!path.drop) return;
    // Frames in flight when a link is cut are lost as well.
    this.#queue.length = 0;
    this.#lastAt = 0;
    this.#lineFreeAt = 0;
  }

  carry(frame: Buffer): void {
    const { drop, lossPercent = 0 } = this.#path;
    if (drop || Math.random() * 100 < lossPercent) return;
    const now = performance.now();
    const at = this.#arrival(frame, now);
    if (at === null) return;
    if (at <= now && this.#queue.length === 0) {
      this.#send(frame);
      return;
    }
    this.#lastAt = Math.max(at, this.#lastAt);
    this.#queue.push({ frame, at: this.#lastAt });
    this.#timer ??= this.#wait();
  }

  /** When a frame sent now should arrive; null when the link's queue is full. */
  #arrival(frame: Buffer, now: number): number | null {
    const { delayMs = 0, jitterMs = 0, rateMbit } = this.#path;
    const travelMs = delayMs + (2 * Math.random() - 1) * jitterMs;
    if (rateMbit === undefined) return now + travelMs;
    const begin = Math.max(now, this.#lineFreeAt);
    if (begin - now > QUEUE_MS) return null;
    this.#lineFreeAt = begin + (frame.length * 8) / (rateMbit * 1_000);
    return this.#lineFreeAt + travelMs;
  }

  #wait(): NodeJS.Timeout {
    return setTimeout(() => this.#deliver(), Math.max(0, (this.#queue[0]?.at ?? 0) - performance.now()));
  }

  #deliver(): void {
    const now = performance.now();
    while (this.#queue.length > 0 && this.#queue[0]!.at <= now) this.#send(this.#queue.shift()!.frame);
    this.#timer = this.#queue.length > 0 ? this.#wait() : null;
  }
}

/** The kernel leaves checksums to the network card, which is emulated here. */
function fillChecksum(frame: Buffer): void {
  const ip = TUNNEL_HEADER + ETHERNET_HEADER;
  const headerBytes = (frame[ip]! & 0x0f) * 4;
  const protocol = frame[ip + 9]!;
  const isFragment = (frame.readUInt16BE(ip + 6) & 0x3fff) !== 0;
  if ((protocol !== TCP && protocol !== UDP) || isFragment) return;
  const start = ip + headerBytes;
  const end = ip + frame.readUInt16BE(ip + 2);
  const field = start + (protocol === TCP ? 16 : 6);
  frame.writeUInt16BE(0, field);
  let sum = protocol + (end - start);
  for (let at = ip + 12; at < ip + 20; at += 2) sum += frame.readUInt16BE(at);
  for (let at = start; at + 1 < end; at += 2) sum += (frame[at]! << 8) | frame[at + 1]!;
  if ((end - start) % 2 === 1) sum += frame[end - 1]! << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  // A UDP checksum of zero would mean "none".
  frame.writeUInt16BE(~sum & 0xffff || (protocol === UDP ? 0xffff : 0), field);
}

function run(hosts: number): void {
  const socket = createSocket({ type: "udp4", recvBufferSize: 4 << 20, sendBufferSize: 4 << 20 });
  const numbers = Array.from({ length: hosts }, (_, index) => index + 1);
  const directions = new Map<string, Direction>();
  for (const from of numbers) {
    for (const to of numbers) {
      const send = (frame: Buffer) => {
        frame.writeUIntBE(to, 4, 3); // the tunnel's number equals the host's
        socket.send(frame, TUNNELS.port, TUNNELS.near);
      };
      if (from !== to) directions.set(`${from}>${to}`, new Direction(send));
    }
  }

  socket.on("message", (frame) => {
    if (frame.length < TUNNEL_HEADER + ETHERNET_HEADER) return;
    const from = frame.readUIntBE(4, 3);
    const type = frame.readUInt16BE(TUNNEL_HEADER + 12);
    if (type === IPV4) fillChecksum(frame);
    else if (type !== ARP) return;
    const isForAll = (frame[TUNNEL_HEADER]! & 1) === 1;
    const targets = isForAll ? numbers.filter((to) => to !== from) : [frame[TUNNEL_HEADER + 5]!];
    for (const to of targets) directions.get(`${from}>${to}`)?.carry(isForAll ? Buffer.from(frame) : frame);
  });

  process.on("message", (orders: Orders) => {
    for (const [name, direction] of directions) direction.path = orders.paths[name] ?? {};
    process.send?.(orders.number);
  });
  process.on("disconnect", () => process.exit()); // including everything still in flight
  socket.bind(TUNNELS.port, TUNNELS.far, () => process.send?.(0));
}

if (import.meta.main) run(Number(process.argv[2]));
