import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const top = fileURLToPath(new URL("../..", import.meta.url));

/** What each folder may import, besides itself: the same table as in docs/architecture.md. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  download: ["errors.ts"],
  text: ["errors.ts"],
  ports: ["download", "errors.ts"],
  "ports/contracts": ["ports", "download", "errors.ts", "clock"],
  clock: ["ports", "errors.ts"],
  engines: ["engines", "files", "ports", "telemetry", "text", "errors.ts"],
  telemetry: ["ports", "download", "text", "errors.ts"],
  generator: ["ports", "download", "clock", "telemetry", "text", "errors.ts"],
  "generator/process": ["generator", "ports", "download", "clock", "telemetry", "text", "errors.ts"],
  "engines/memory": ["ports", "download", "clock", "telemetry", "text", "errors.ts"],
  "engines/sqlite": ["engines/mesh", "ports", "download", "telemetry", "text", "files/disk", "errors.ts"],
  "engines/sqlite/members": [
    "engines/sqlite",
    "engines/mesh",
    "ports",
    "download",
    "telemetry",
    "text",
    "errors.ts",
  ],
  "engines/nats": ["engines/lifeline", "engines/mesh", "ports", "download", "telemetry", "text", "errors.ts"],
  "engines/nats/records": [
    "engines/nats",
    "engines/lifeline",
    "engines/mesh",
    "ports",
    "download",
    "telemetry",
    "text",
    "errors.ts",
  ],
  "engines/postgres": [
    "engines/lifeline",
    "engines/mesh",
    "ports",
    "download",
    "telemetry",
    "text",
    "errors.ts",
  ],
  "engines/postgres/members": [
    "engines/postgres",
    "engines/lifeline",
    "engines/mesh",
    "ports",
    "download",
    "telemetry",
    "text",
    "errors.ts",
  ],
  "engines/lifeline": ["ports", "download", "telemetry", "text", "errors.ts"],
  "engines/mesh": ["ports", "download", "telemetry", "text", "errors.ts"],
  "files/disk": ["ports", "clock", "telemetry", "errors.ts"],
  "files/s3": ["ports", "text", "errors.ts"],
  export: ["generator", "download", "text", "errors.ts", "version.ts"],
  "export/csv": ["export", "generator", "download", "text", "errors.ts"],
  external: ["generator", "clock", "download", "text", "errors.ts"],
  tracker: ["ports", "generator", "download", "telemetry", "errors.ts"],
  wire: [],
  http: [
    "tracker/carryout.ts",
    "tracker/status.ts",
    "wire",
    "ports",
    "download",
    "clock",
    "telemetry",
    "text",
    "errors.ts",
  ],
  client: ["wire"],
  ui: ["client", "wire"],
  grids: ["text"],
  frameworks: ["client", "ui", "wire"],
  react: ["frameworks", "client"],
  vue: ["frameworks", "client"],
  svelte: ["frameworks", "client"],
};

/** A representative file of each folder that may be imported. */
const PLACES = [
  ...[
    "download/a.ts",
    "text/a.ts",
    "ports/a.ts",
    "clock/a.ts",
    "telemetry/a.ts",
    "generator/a.ts",
    "tracker/a.ts",
  ],
  ...[
    "tracker/carryout.ts",
    "tracker/status.ts",
    "engines/engines.ts",
    "engines/memory/a.ts",
    "engines/sqlite/a.ts",
  ],
  ...[
    "engines/nats/a.ts",
    "engines/postgres/a.ts",
    "engines/lifeline/a.ts",
    "engines/mesh/a.ts",
    "engines/nats/jetstream/a.ts",
    "files/disk/a.ts",
    "files/s3/a.ts",
    "wire/a.ts",
    "http/a.ts",
    "client/a.ts",
  ],
  ...["grids/a.ts", "frameworks/a.ts", "react/a.ts", "vue/a.ts", "svelte/a.ts"],
  ...["ui/a.ts", "config/a.ts", "server/a.ts", "cli/a.ts", "errors.ts", "version.ts"],
];

describe("the linter's import rules between folders", () => {
  const dir = mkdtempSync(join(tmpdir(), "carryout-layers-"));
  after(() => rmSync(dir, { recursive: true }));
  copyFileSync(join(top, "biome.json"), join(dir, "biome.json"));
  const probes = Object.keys(ALLOWED).flatMap((room) => PLACES.map((place) => writeProbe(dir, room, place)));
  writeUnit(dir, "started.test.ts", "node:child_process");
  writeUnit(dir, "started.testing.ts", "node:child_process");
  writeUnit(dir, "serving.test.ts", "node:http", "{ createServer }");
  writeUnit(dir, "helped.test.ts", "../../test/support/processes.ts");
  writeUnit(dir, "fine.test.ts", "../clock/virtual.testing.ts");
  writeUnit(dir, "hen.ts", "./egg.ts", "type { A }");
  writeUnit(dir, "egg.ts", "./hen.ts", "type { A }");
  const { stdout } = spawnSync(
    join(top, "node_modules/.bin/biome"),
    ["lint", "--reporter=json", "--max-diagnostics=none", "."],
    {
      cwd: dir,
      encoding: "utf8",
      maxBuffer: 1 << 28,
    },
  );
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { category: string; location: { path: string | { file: string } } }[];
  };
  const refusedBy = (rule: string) =>
    new Set(
      diagnostics
        .filter(({ category }) => category === `lint/${rule}`)
        .map(({ location: { path } }) => (typeof path === "string" ? path : path.file)),
    );
  const refused = refusedBy("style/noRestrictedImports");

  it("let each folder import what the table names, and nothing else", () => {
    const wrong = probes.flatMap(({ path, room, place }) => {
      const isAllowed = isIn(room, place) || (ALLOWED[room] ?? []).some((other) => isIn(other, place));
      if (refused.has(path) !== isAllowed) return [];
      return [`${room} → ${place} is ${isAllowed ? "refused" : "let through"}`];
    });
    assert.deepEqual(wrong, []);
  });

  it("keep processes, servers and foreign helpers out of unit tests", () => {
    assert.deepEqual([...refused].filter((path) => path.startsWith("src/units/")).sort(), [
      "src/units/helped.test.ts",
      "src/units/serving.test.ts",
      "src/units/started.test.ts",
      "src/units/started.testing.ts",
    ]);
  });

  it("cover every folder", () => {
    const rooms = readdirSync(join(top, "src"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
    const free = ["config", "server", "cli"]; // they assemble everything
    const covered = Object.keys(ALLOWED).map((room) => room.split("/")[0] as string);
    assert.deepEqual(
      rooms.filter((room) => !covered.includes(room) && !free.includes(room)),
      [],
    );
  });
});

function isIn(room: string, place: string): boolean {
  return place === room || place.startsWith(`${room}/`);
}

/** A file in the folder that imports from `place` in every possible way. */
function writeProbe(dir: string, room: string, place: string) {
  const path = `src/${room}/probe-${place.replaceAll(/[/.]/g, "-")}.ts`;
  const file = join(dir, path);
  mkdirSync(dirname(file), { recursive: true });
  const to = relative(dirname(path), `src/${place}`);
  const specifier = to.startsWith(".") ? to : `./${to}`;
  writeFileSync(
    file,
    `export type { A } from "${specifier}";\nexport const b = () => import("${specifier}");\n`,
  );
  return { path, room, place };
}

function writeUnit(dir: string, name: string, imported: string, names = "*"): void {
  const path = join(dir, "src/units", name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `export ${names} from "${imported}";\n`);
}
