/** @module Planted faults of a holder and its generation. */

import type { Mutant } from "../mutant.ts";

export const HOLDERS: readonly Mutant[] = [
  {
    name: "a file is published before its last parts are durable",
    file: "generator/output.ts",
    find: "await this.#until(() => this.#underWay === 0);\n      this.#throttle.flush();\n      return {",
    replace: "this.#throttle.flush();\n      return {",
  },
  {
    name: "a checkpoint is saved before its parts are durable",
    file: "generator/output.ts",
    find: "await this.#until(() => this.#underWay === 0);\n      this.#throttle.flush();\n      this.#pace",
    replace: "this.#throttle.flush();\n      this.#pace",
  },
  {
    name: "a resumed run forgets the saved hash",
    file: "generator/output.ts",
    find: "new FileHash(options.resume?.hash ?? null)",
    replace: "new FileHash(null)",
  },
  {
    name: "a resumed run forgets the bytes that are kept",
    file: "generator/output.ts",
    find: "this.#size = options.resume?.size ?? 0;",
    replace: "this.#size = 0;",
  },
  {
    name: "an interruption counts as a failure",
    file: "tracker/attempts.ts",
    find: "if (stopping.reason || !(error instanceof InterruptedError)) throw error;",
    replace:
      "if (stopping.reason || !(error instanceof InterruptedError) || error.groupSize > 0) throw error;",
  },
  {
    name: "a worker that lost its claim goes on",
    file: "tracker/worker.ts",
    find: "    this.#stopping.stop(stop);\n    this.#attempts.abort();\n",
    replace: "    this.#stopping.because(stop);\n",
  },
  {
    name: "a resumed worker forgets the parts that are kept",
    file: "tracker/attempts.ts",
    find: "    this.#parts.push(...(this.#context.held.checkpoint?.parts ?? []));\n",
    replace: "",
  },
  {
    name: "an interrupted attempt keeps the parts after its checkpoint",
    file: "tracker/attempts.ts",
    find: "    this.#parts.splice(0, this.#parts.length, ...(this.#context.held.checkpoint?.parts ?? []));\n",
    replace: "",
  },
  {
    name: "a claim drops the checkpoint that it takes over",
    file: "tracker/supervisor.ts",
    find: "const take = (stored: StoredWork) => takenOver(claimed, stored);",
    replace: "const take = (stored: StoredWork) => takenOver(claimed, { ...stored, saved: null });",
  },
  {
    name: "an end takes the slot whoever has it by now",
    file: "tracker/held-slot.ts",
    find: "    const archived = await this.#repo.archive?.(finished);\n",
    replace:
      "    const there = await this.#repo.slots.fetch(this.key);\n    const archived = await this.#repo.archive?.({ ...finished, version: there?.version ?? 0 });\n",
  },
  {
    name: "a holder that was refused does not read back",
    file: "tracker/held-slot.ts",
    find: "    await this.#readBack(true);",
    replace: "    this.lose(false);",
  },
  {
    name: "a holder takes over whatever it reads back",
    file: "tracker/held-slot.ts",
    find: "const isSame = stored !== null && isSameGrip(stored, mine);",
    replace: "const isSame = stored !== null;",
  },
  {
    name: "a holder begins before it has taken the work over",
    file: "tracker/worker.ts",
    find: "      if (!this.#isFirst) await this.#takeOver(work);\n",
    replace: "",
  },
  {
    name: "an older holder's checkpoint is not fenced off",
    file: "tracker/held-work.ts",
    find: "saved?.value.epoch === epoch ? saved.version : work.save(this.#key, nextSaved, saved?.version ?? null),",
    replace:
      "saved?.value.epoch === epoch || saved ? (saved?.version ?? 0) : work.save(this.#key, nextSaved, null),",
  },
  {
    name: "a tick whose answer was lost does not count at the finish",
    file: "tracker/held-part.ts",
    find: "        this.#value = next;\n        this.isStored = true;\n        const version = await this.#port.write(next, this.#version);",
    replace:
      "        this.isStored = true;\n        const version = await this.#port.write(next, this.#version);\n        if (version !== null) this.#value = next;",
  },
  {
    name: "a holder that does not know that it finished removes the file",
    file: "tracker/worker.ts",
    find: "if ((await repo.history.fetch(downloadKey(user, id))) === null) await",
    replace: "if (repo.history !== null && user !== downloadKey(id, user)) await",
  },
];
