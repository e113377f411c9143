/** @module What the system knows for certain about a process: that it is gone, or that it is still the same one. */

import { readFileSync, readlinkSync } from "node:fs";

/** Of a process, from `/proc/PID/stat` (proc_pid_stat(5)). */
interface ProcessStatus {
  /** One letter: Z and X are dead, T and t stopped. */
  state: string;
  /** Set by the kernel before a dying process closes its first file, so before others can notice. */
  exiting: boolean;
  /** In clock ticks since boot: distinguishes a process from a later one with the same id. */
  startedAt: string;
}

/** `PF_EXITING` of the kernel. */
const EXITING = 0x4;

/**
 * "gone" is certain. "stopped" is suspended (SIGSTOP, a debugger). "unknown" if this process can't tell, as for a
 * process in another container.
 */
export type ProcessSign = "gone" | "stopped" | "there" | "unknown";

/**
 * Distinguishes this process from any other with the same id: boot, process id namespace and start time, joined by
 * "/". Null if the system has no `/proc`.
 */
export function processMark(pid: number = process.pid): string | null {
  const machine = machineMark();
  const status = machine === null ? null : statusOf(pid);
  return status === null ? null : `${machine}/${status.startedAt}`;
}

/** What is certain about the process that had this id and this mark. Cheap: about 20 µs. */
export function processSign(pid: number, mark: string | null): ProcessSign {
  const machine = machineMark();
  if (machine === null || mark === null) return signByPid(pid);
  const [boot, namespace, startedAt] = mark.split("/");
  const [ownBoot, ownNamespace] = machine.split("/");
  if (boot !== ownBoot) return "gone";
  if (namespace !== ownNamespace) return "unknown";
  const status = statusOf(pid);
  if (status === null || status.startedAt !== startedAt || status.exiting) return "gone";
  if (status.state === "Z" || status.state === "X") return "gone";
  return status.state === "T" || status.state === "t" ? "stopped" : "there";
}

/** By id alone: a later process with the same id is mistaken for the earlier one, which then only looks silent. */
function signByPid(pid: number): ProcessSign {
  try {
    process.kill(pid, 0);
    return "there";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ESRCH") return "gone";
    return code === "EPERM" ? "there" : "unknown";
  }
}

/** Null if the process does not exist. */
function statusOf(pid: number): ProcessStatus | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return null;
  }
  // The name in parentheses may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return {
    state: fields[0] ?? "",
    exiting: (Number(fields[6]) & EXITING) !== 0,
    startedAt: fields[19] ?? "",
  };
}

let machine: string | null | undefined;

/** `boot/namespace`, or null without `/proc`. */
function machineMark(): string | null {
  if (machine === undefined) {
    try {
      const boot = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
      machine = `${boot}/${readlinkSync("/proc/self/ns/pid")}`;
    } catch {
      machine = null;
    }
  }
  return machine;
}
