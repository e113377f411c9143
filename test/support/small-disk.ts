/** @module A file system of a few megabytes, to be filled to its last byte. */

import { execFileSync } from "node:child_process";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const isRoot = process.platform === "linux" && process.getuid?.() === 0;
if (!isRoot && process.env.CI === "true")
  throw new Error("CI runs the tests of a full disk: as root, on Linux");

/** For the `skip` of a test: false, or why there is none. */
export const withoutSmallDisk = isRoot ? false : "needs root to mount a small disk";

const BLOCK = Buffer.alloc(4_096, 1);

export class SmallDisk {
  readonly dir: string;

  private constructor(dir: string) {
    this.dir = dir;
  }

  /** `owner`: the account that may write to it besides root. */
  static async mount(megabytes: number, owner = "root"): Promise<SmallDisk> {
    const dir = await mkdtemp(join(tmpdir(), "carryout-small-disk-"));
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", dir]);
    execFileSync("chown", [owner, dir]);
    return new SmallDisk(dir);
  }

  /** As another program would that uses up the disk. */
  fill(): void {
    const file = openSync(this.#filler, "w");
    try {
      for (;;) writeSync(file, BLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    } finally {
      closeSync(file);
    }
  }

  /** Removes what `fill` wrote. */
  free(): void {
    rmSync(this.#filler);
  }

  get #filler(): string {
    return join(this.dir, "fill");
  }

  async unmount(): Promise<void> {
    execFileSync("umount", ["-l", this.dir]);
    await rm(this.dir, { recursive: true });
  }
}
