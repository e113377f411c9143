/** @module A real S3 server on loopback and free ports: OpenStack Swift, which can be killed and frozen. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { SWIFT } from "../../scripts/system-programs.mjs";
import { isRunning } from "./processes.ts";
import { eventually, freePorts } from "./real-cluster.ts";

/** For the `skip` of a test: false, or why Swift can't be had. With CI=true its tests fail without it. */
export const withoutS3 = !SWIFT.isThere() && process.env.CI !== "true" ? "python3-swift is missing" : false;

/** For the environment of those who use the server: the SDK's chain finds them there. */
const S3_CREDENTIALS = {
  AWS_ACCESS_KEY_ID: "test:tester",
  AWS_SECRET_ACCESS_KEY: "testing",
  AWS_EC2_METADATA_DISABLED: "true",
};

/** Of the server, so that a test of pages need not store thousands. AWS lists 1,000. */
export const LISTED_AT_A_TIME = 50;

const PROGRAM = fileURLToPath(new URL("./s3-server.py", import.meta.url));
/** Debian's, which has the packages of Swift. */
const PYTHON = "/usr/bin/python3";

export class S3Server {
  readonly port: number;
  readonly endpoint: string;
  readonly bucket = "carryout";
  readonly #dir: string;
  #child: ChildProcess | null = null;

  private constructor(dir: string, port: number) {
    this.#dir = dir;
    this.port = port;
    this.endpoint = `http://127.0.0.1:${port}`;
  }

  /** Starts a server with an empty bucket. This process then has its credentials in its environment. */
  static async start(): Promise<S3Server> {
    Object.assign(process.env, S3_CREDENTIALS);
    const server = new S3Server(await mkdtemp(join(tmpdir(), "carryout-s3-")), await freePorts(4));
    try {
      await server.launch();
      return server;
    } catch (error) {
      const log = readFileSync(join(server.#dir, "log"), { encoding: "utf8", flag: "a+" });
      await server.stop();
      throw new Error(`Swift could not be started\n${log}`, { cause: error });
    }
  }

  /** The URL of a file store with this prefix; `options` such as "delivery=redirect". */
  url(prefix: string, options = "", endpoint: string = this.endpoint): string {
    const given = options === "" ? "" : `&${options}`;
    return `s3://${this.bucket}/${prefix}?endpoint=${encodeURIComponent(endpoint)}${given}`;
  }

  /** For what the store can't do. The caller destroys it. */
  client(): S3Client {
    return new S3Client({
      region: "us-east-1",
      endpoint: this.endpoint,
      forcePathStyle: true,
      requestChecksumCalculation: "WHEN_REQUIRED",
    });
  }

  /** Starts it, again on its data after a kill, and waits until it answers. */
  async launch(): Promise<void> {
    const log = openSync(join(this.#dir, "log"), "a");
    const words = [PROGRAM, this.#dir, String(this.port), userInfo().username, String(LISTED_AT_A_TIME)];
    // In a group of its own, which is killed and frozen as one.
    this.#child = spawn(PYTHON, words, { stdio: ["ignore", log, log], detached: true });
    const client = this.client();
    try {
      await eventually("Swift answers", async () => {
        await client.send(new CreateBucketCommand({ Bucket: this.bucket })).catch(unlessThere);
        return true;
      });
    } finally {
      client.destroy();
    }
  }

  /** SIGKILL for all of its processes. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child?.pid === undefined) return;
    const ended = isRunning(child.pid) ? once(child, "exit") : null;
    this.#signal("SIGKILL", child);
    await ended;
  }

  /** Connections are still accepted, and nothing is answered. */
  freeze(): void {
    this.#signal("SIGSTOP");
  }

  thaw(): void {
    this.#signal("SIGCONT");
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#dir, { recursive: true, force: true, maxRetries: 5 });
  }

  #signal(name: NodeJS.Signals, child: ChildProcess | null = this.#child): void {
    if (child?.pid === undefined) throw new Error("Swift does not run");
    try {
      process.kill(-child.pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

function unlessThere(error: Error): void {
  if (error.name !== "BucketAlreadyOwnedByYou") throw error;
}
