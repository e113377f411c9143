import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { z } from "zod";
import { UserError } from "../../src/errors.ts";
import { type CommandOptions, commandGenerator } from "../../src/external/command-generator.ts";
import { RecordingHost } from "../../src/generator/recording-host.testing.ts";
import { isRunning } from "../support/processes.ts";
import { eventually } from "../support/real-cluster.ts";
import { begin, failureOf, fileOf } from "./made.ts";

const Params = z.record(z.string(), z.string());
const FILE = { name: "made.txt", type: "text/plain" };

function generator(command: CommandOptions<typeof Params>["command"], more: object = {}) {
  return commandGenerator({
    kind: "made",
    params: Params,
    file: FILE,
    isolation: "inline",
    command,
    ...more,
  });
}

/** A program in the language of the shell, which a user may name like any other. */
const shell = (script: string, more: object = {}) => generator(["/bin/sh", "-c", script], more);

/** The first line that it writes, as a number: the id of a process. */
async function firstPid(host: RecordingHost): Promise<number> {
  await host.until(() => host.reports.some(({ message }) => message !== null));
  return Number(host.reports.findLast(({ message }) => message !== null)?.message);
}

/** Reports the id of a process as progress, then continues. */
const tellPid = (pid: string) => `printf '{"done":0,"message":"%s"}\\n' "${pid}" >&3`;

describe("commandGenerator makes a file of what a program writes", () => {
  it("stores all of it, whatever its size", async () => {
    const bytes = await fileOf(shell("head -c 30000000 /dev/zero | tr '\\0' x"));
    assert.equal(bytes.length, 30_000_000);
    assert.ok(bytes.every((byte) => byte === 0x78));
  });

  it("passes arguments unchanged, without a shell", async () => {
    const params = { text: "a b; echo $HOME `id` \"'*", other: "ü\n" };
    const made = generator(({ text = "", other = "" }) => ["printf", "%s|%s", text, other]);
    assert.equal((await fileOf(made, params)).toString(), `${params.text}|${params.other}`);
  });

  it("makes the program wait while storage is slow, and buffers little meanwhile", async () => {
    const host = new RecordingHost();
    const stored = Promise.withResolvers<void>();
    const store = host.part.bind(host);
    host.part = async (bytes, sum) => {
      await stored.promise;
      await store(bytes, sum);
    };
    const script = `i=0; while [ $i -lt 200 ]; do head -c 100000 /dev/zero; i=$((i + 1)); printf '{"done":%s}\\n' $i >&3; done`;
    const { running } = begin(shell(script), {}, host);
    const isQuiet = async () => {
      const { calls } = host;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return host.calls === calls && calls > 0;
    };
    await eventually("the program waits", isQuiet);
    assert.ok((host.reports.at(-1)?.done ?? 0) < 30, `it wrote ${host.reports.at(-1)?.done} of 200 pieces`);
    stored.resolve();
    assert.equal((await running.done).size, 20_000_000);
  });

  it("reads progress on file descriptor 3, and logs the first invalid line", async () => {
    const warnings: string[] = [];
    const listen = ({ message }: Error) => warnings.push(message);
    process.on("warning", listen);
    try {
      const script = `
        echo '{"done":1,"total":3,"message":"one"}' >&3; sleep 0.15
        echo 'half way' >&3; echo '{"done":"2"}' >&3; head -c 100000 /dev/zero | tr '\\0' y >&3; echo >&3
        echo '{"done":3}' >&3; sleep 0.15; echo file`;
      const { host, running } = begin(shell(script));
      await running.done;
      assert.deepEqual(host.reports.at(0), { done: 1, total: 3, message: "one" });
      assert.deepEqual(host.reports.at(-1), { done: 3, total: 3, message: "one" });
      await new Promise(setImmediate);
      assert.deepEqual(
        warnings.filter((text) => text.startsWith("made:")),
        ['made: ignored a line of progress: expected {"done":1,"total":10,"message":"…"}, not "half way"'],
      );
    } finally {
      process.off("warning", listen);
    }
  });

  it("survives a flood of progress", async () => {
    const script = `i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); echo "{\\"done\\":$i,\\"total\\":20000}"; done >&3; echo file`;
    const { host, running } = begin(shell(script));
    assert.equal((await running.done).size, 5);
    assert.ok(host.reports.length < 500, `${host.reports.length} reports`);
  });

  it("gives the program only the necessary environment and the configured additions", async () => {
    process.env.DATABASE_URL = "postgres://user:secret@host/db";
    process.env.CARRYOUT_SECRET = "secret";
    try {
      const text = (await fileOf(generator(["env"], { env: { GIVEN: "yes", HOME: undefined } }))).toString();
      const names = text.split("\n").map((line) => line.split("=")[0]);
      assert.ok(names.includes("GIVEN") && names.includes("PATH"));
      assert.ok(!names.includes("HOME"));
      assert.doesNotMatch(text, /secret/);
    } finally {
      delete process.env.DATABASE_URL;
      delete process.env.CARRYOUT_SECRET;
    }
  });

  it("runs in the given folder, without input", async () => {
    assert.equal((await fileOf(shell("pwd; cat", { cwd: "/usr" }))).toString(), "/usr\n");
  });
});

describe("commandGenerator: what ends in an error", () => {
  it("a program that is missing, by name and by path", async () => {
    const byName = await failureOf(generator(["no-such-program", "x"]));
    assert.deepEqual([byName.code, byName.retriable, byName.expose], ["program-missing", false, false]);
    assert.match(byName.message, /^no program "no-such-program" is in PATH \(/);
    for (const path of ["./no-such-program", "/etc/passwd", "/usr"]) {
      const byPath = await failureOf(generator([path]));
      assert.deepEqual([byPath.code, byPath.retriable], ["program-missing", false], path);
    }
  });

  it("an exit code, with the end of standard error for the log alone", async () => {
    const failed = await failureOf(shell("echo half; echo 'first' >&2; echo 'password is 123' >&2; exit 3"));
    assert.deepEqual([failed.code, failed.retriable, failed.expose], ["program-failed", true, false]);
    assert.equal(failed.message, "sh exited with code 3: password is 123");
    assert.equal(failed.causes, "first\npassword is 123");
  });

  it("a flood of standard error, whose end is kept", async () => {
    const failed = await failureOf(
      shell("head -c 50000000 /dev/zero | tr '\\0' e >&2; echo >&2; echo the end >&2; exit 1"),
    );
    assert.equal(failed.message, "sh exited with code 1: the end");
    assert.ok(failed.causes.length <= 2_000);
  });

  it("a signal", async () => {
    const failed = await failureOf(shell("echo half; kill -s SEGV $$"));
    assert.deepEqual([failed.code, failed.message], ["program-killed", "sh was ended by SIGSEGV"]);
    assert.equal(failed.retriable, true);
  });

  it("no output, unless that is allowed", async () => {
    const failed = await failureOf(shell("echo 'no rows' >&2"));
    assert.equal(failed.code, "output-empty");
    assert.equal(failed.causes, "no rows");
    assert.equal((await fileOf(generator(["true"], { allowEmpty: true }))).length, 0);
  });

  it("an output without the end of a complete file", async () => {
    const failed = await failureOf(shell("echo COMMIT; echo 'ROLLBACK;'", { endsWith: "COMMIT;\n" }));
    assert.equal(failed.code, "output-incomplete");
    const whole = await fileOf(
      shell("printf 'a\nCOM'; sleep 0.05; printf 'MIT;\n'", { endsWith: "COMMIT;\n" }),
    );
    assert.equal(whole.toString(), "a\nCOMMIT;\n");
  });

  it("more than maxBytes", async () => {
    const failed = await failureOf(generator(["cat", "/dev/zero"], { maxBytes: 1_000_000 }));
    assert.deepEqual([failed.code, failed.retriable], ["output-too-large", false]);
  });

  it("output that a process left behind still holds, when the program has exited with 0", async () => {
    const failed = await failureOf(shell("sleep 1000 & echo half"));
    assert.deepEqual([failed.code, failed.retriable], ["output-held", false]);
  });

  it("the error returned by explain, which may be for the user", async () => {
    const explain = ({ exitCode, stderr }: { exitCode: number | null; stderr: string }) =>
      exitCode === 4 ? new UserError(`You have no orders in ${stderr}.`) : undefined;
    const explained = await failureOf(shell("echo 2026 >&2; exit 4", { explain }));
    assert.deepEqual([explained.message, explained.expose], ["You have no orders in 2026.", true]);
    const other = await failureOf(shell("exit 5", { explain }));
    assert.deepEqual([other.message, other.expose], ["sh exited with code 5", false]);
  });

  it("a parameter that the program would treat as an option", async () => {
    const list = ({ file = "" }) => ["cat", file] as const;
    const failed = await failureOf(generator(list), { file: "--version" });
    assert.deepEqual([failed.code, failed.retriable], ["bad-argument", false]);
    assert.match(
      failed.message,
      /^cat would take a parameter for an option: "--version"; put "--" before it/,
    );
    const behind = await failureOf(
      generator(({ file = "" }) => ["cat", "--", file]),
      { file: "--version" },
    );
    assert.equal(behind.code, "program-failed");
    const allowed = await fileOf(generator(list, { optionsFromParams: true }), { file: "--version" });
    assert.match(allowed.toString(), /^cat /);
  });

  it("arguments that can't be passed to any program", async () => {
    const withNul = await failureOf(
      generator(({ text = "" }) => ["echo", text]),
      { text: "a\0b" },
    );
    assert.equal(withNul.message, "generator made: argument 1 must be text without NUL characters");
    const tooLong = await failureOf(generator(() => ["echo", "x".repeat(5_000_000)]));
    assert.deepEqual([tooLong.code, tooLong.retriable], ["program-failed", false]);
  });
});

describe("commandGenerator: a declaration that can't work", () => {
  const wrong: readonly [options: object, message: RegExp][] = [
    [{ command: "pg_dump shop" }, /command must be \[program, …arguments\], not /],
    [{ command: [] }, /command must be/],
    [{ command: ["a", 5] }, /argument 1 must be a string, not /],
    [{ command: ["a"], maxBytes: "1" }, /maxBytes must be a number of bytes/],
    [{ command: ["a"], endsWith: 5 }, /endsWith must be a string/],
    [{ command: ["a"], checkpointMs: 5 }, /a command has no option "checkpointMs"/],
    [{ command: ["a"], explain: "x" }, /explain must be a function/],
    [{ command: ["a"], shell: true }, /unknown option "shell"/],
  ];
  for (const [options, message] of wrong) {
    it(JSON.stringify(options), () => {
      const declare = commandGenerator as (options: object) => unknown;
      assert.throws(() => declare({ kind: "made", file: FILE, ...options }), message);
    });
  }
});

describe("commandGenerator: nothing of a program is left", () => {
  const stopped: Readonly<Record<string, string>> = {
    "the program": `${tellPid("$$")}; echo half; exec sleep 1000`,
    "one that ignores SIGTERM": `trap '' TERM; ${tellPid("$$")}; while :; do sleep 0.1; done`,
    "what it started": `sleep 1000 & ${tellPid("$!")}; wait`,
    "what it started with a session of its own": 'setsid sh -c "$CHILD" & wait',
    "a daemon": `sh -c 'setsid sh -c "$CHILD" </dev/null &'; sleep 1000`,
    "what it started without an environment": `env -i /bin/sh -c 'trap "" TERM; while :; do sleep 0.05; done' & ${tellPid("$!")}; wait`,
    "one that closed its standard output": `exec 1>&-; ${tellPid("$$")}; exec sleep 1000`,
  };
  for (const [what, script] of Object.entries(stopped)) {
    it(`after a cancel: ${what}`, async () => {
      const env = { CHILD: `${tellPid("$$")}; exec sleep 1000` };
      const { host, running } = begin(shell(script, { env }));
      const pid = await firstPid(host);
      assert.ok(isRunning(pid));
      running.abort();
      await assert.rejects(running.done, { code: "aborted" });
      await running.returned;
      assert.ok(!isRunning(pid));
    });
  }

  it("after it has made its file: what it left behind", async () => {
    const script = `setsid sleep 1000 >/dev/null 2>&1 3>&- & ${tellPid("$!")}; sleep 0.2; echo file`;
    const { host, running } = begin(shell(script));
    assert.equal((await running.done).size, 5);
    assert.ok(!isRunning(await firstPid(host)));
  });

  it("after a cancel before it started", async () => {
    const { running } = begin(shell("echo file"));
    running.abort();
    await assert.rejects(running.done, { code: "aborted" });
  });

  it("lets the program clean up at a cancel", async () => {
    const script = `trap 'printf tidied >"$TIDIED"; exit 0' TERM; ${tellPid("$$")}; while :; do sleep 0.01; done`;
    const dir = mkdtempSync(join(tmpdir(), "carryout-tidied-"));
    try {
      // It has a tenth of a second, which a busy machine may not give it.
      await eventually("it tidied up", async () => {
        const { host, running } = begin(shell(script, { env: { TIDIED: join(dir, "file") } }));
        await firstPid(host);
        running.abort();
        await running.returned;
        return readFileSync(join(dir, "file"), "utf8") === "tidied";
      });
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
