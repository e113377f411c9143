/** @module A process that carries out calls by name: the calling side. */

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

type Methods = { [name: string]: (...given: never[]) => Promise<unknown> };

interface Answer {
  id: number;
  answer?: unknown;
  error?: string;
}

/** `Calls` are the calls that the program answers. */
export class Commanded<Calls extends { [Name in keyof Calls]: Methods[string] }> {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #calls = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", (message: Answer) => {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.error === undefined) waiting?.resolve(message.answer);
      else waiting?.reject(new Error(message.error));
    });
    child.on("exit", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("the process has ended"));
      this.#waiting.clear();
    });
  }

  /** Starts the program, and waits until it is up. */
  static async start<Calls extends { [Name in keyof Calls]: Methods[string] }>(
    program: URL,
    given: object = {},
  ): Promise<Commanded<Calls>> {
    const child = fork(program, [JSON.stringify(given)], { execArgv: ["--expose-gc"] });
    await once(child, "message");
    return new Commanded(child);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  async call<Name extends keyof Calls>(
    name: Name,
    ...given: Parameters<Calls[Name]>
  ): Promise<Awaited<ReturnType<Calls[Name]>>> {
    const waiting = Promise.withResolvers<unknown>();
    const id = this.#calls++;
    this.#waiting.set(id, waiting);
    this.#child.send({ id, call: name, given });
    return (await waiting.promise) as Awaited<ReturnType<Calls[Name]>>;
  }

  /** Sends the signal, and waits until the process has ended. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill(signal);
    await ended;
  }
}
