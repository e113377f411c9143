/**
 * @module Makes a clone ready to run: installs packages, provides Node 24, builds the sources and, for tests and the
 * local cluster, provides third-party programs. Plain JavaScript without packages, since it runs before any are
 * installed, on Node 18 or newer. Silent and quick when nothing is missing. `--test` also provides Chromium,
 * Firefox, nats-server, nginx, ip, PostgreSQL, PgBouncer, MariaDB, Swift and readers of exported files; `--cluster`
 * nats-server and nginx.
 */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { provideNatsServer } from "./nats-server.mjs";
import {
  CHROMIUM,
  FIREFOX,
  IPROUTE,
  MARIADB,
  NGINX,
  PGBOUNCER,
  POSTGRESQL,
  POSTGRESQL_OF_CLUSTER,
  provide,
  READERS,
  SWIFT,
} from "./system-programs.mjs";

export const top = fileURLToPath(new URL("..", import.meta.url));

const LEAST_NODE = 24;
/**
 * SHA-256 of the Node that the package "node" 24.21.0 fetches on installation: lock files do not cover what an
 * install script fetches. Platforms that are not listed are not checked.
 */
const NODE_DIGESTS = {
  "linux-x64": "7fde7b8afa198da66257f42ee2001d874c7355631e6d1579a5fb5ef1f246df4c",
  "linux-arm64": "0f8949d1028f6d61506b2d5bc57e7e6fe893d7b1997509b7847294fc9c616584",
  "win32-x64": "ba4e6d110e8c1592a1ecd390f6b05f3da124b13871a5be62b341a07a853c6c32",
};
const INSTALLED_STAMP = join(top, "node_modules", ".carryout-stamp");
const BUILT_STAMP = join(top, "dist", ".carryout-stamp");
const OWN_NODE = join(top, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");
/** What the build reads besides the folders below. */
const BUILD_FILES = [
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "vite.config.ts",
  "scripts/build.mjs",
];
/** The example's stylesheet is generated from the classes in its markup. */
const BUILD_FOLDERS = ["src", "examples"];

const PROGRAMS_OF_TESTS = [
  CHROMIUM,
  FIREFOX,
  NGINX,
  IPROUTE,
  POSTGRESQL,
  PGBOUNCER,
  MARIADB,
  SWIFT,
  ...READERS,
];

class SetupError extends Error {}

/**
 * Brings the clone up to date. `cluster` is "nats" or "postgres", for the local cluster on it. Throws with a message for
 * users when it can't.
 */
export function setUp({ test = false, cluster = null } = {}) {
  install();
  const node = node24();
  build(node);
  if (test) provideOthers(PROGRAMS_OF_TESTS, { required: process.env.CI === "true" });
  if (cluster === "nats") provideOthers([NGINX], { required: true });
  if (cluster === "postgres") provideOthers([NGINX, POSTGRESQL_OF_CLUSTER], { required: true, nats: false });
}

/** The Node that everything runs on: the one among the packages, or the current one if it is new enough. */
export function node24() {
  if (existsSync(OWN_NODE)) return OWN_NODE;
  if (Number(process.versions.node.split(".")[0]) >= LEAST_NODE) return process.execPath;
  throw new SetupError(
    `Carryout needs Node ${LEAST_NODE}, this is ${process.version}, and the package "node" did not install its own. ` +
      "Were install scripts switched off? Try: npm ci --ignore-scripts=false",
  );
}

function install() {
  const wanted = digest([readFileSync(join(top, "package-lock.json"))]);
  if (stampOf(INSTALLED_STAMP) === wanted) return;
  if (!installedByHand()) {
    console.error("Installing packages: npm ci");
    const npm = spawnSync(
      "npm",
      ["ci", "--include=dev", "--include=optional", "--no-audit", "--no-fund", "--loglevel=error"],
      { cwd: top, stdio: ["ignore", 2, 2], env: environmentForNpm(), shell: process.platform === "win32" },
    );
    if (npm.error) throw new SetupError(`npm could not be started: ${npm.error.message}`);
    if (npm.status !== 0) throw new SetupError("npm ci failed: its reason is above");
  }
  verifyNode();
  writeFileSync(INSTALLED_STAMP, wanted);
}

function verifyNode() {
  const expected = NODE_DIGESTS[`${process.platform}-${process.arch}`];
  if (expected === undefined || !existsSync(OWN_NODE)) return;
  const given = createHash("sha256").update(readFileSync(OWN_NODE)).digest("hex");
  if (given === expected) return;
  throw new SetupError(
    `${OWN_NODE} is not the Node that was expected: its SHA-256 must be ${expected}, not ${given}. ` +
      "Delete node_modules and install again.",
  );
}

/** True if the user ran `npm ci` or `npm install`: the installed packages match the lock file. */
function installedByHand() {
  const hidden = join(top, "node_modules", ".package-lock.json");
  if (!existsSync(hidden)) return false;
  const there = JSON.parse(readFileSync(hidden, "utf8")).packages;
  const wanted = JSON.parse(readFileSync(join(top, "package-lock.json"), "utf8")).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === "" || optional || there[path]?.version === version,
  );
}

/** npm must not run on the Node in the folder it is about to replace. */
function environmentForNpm() {
  const path = (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => !folder.includes("node_modules"))
    .join(delimiter);
  return { ...process.env, PATH: path, NODE_ENV: "development" };
}

function build(node) {
  const wanted = digest(buildInputs());
  if (stampOf(BUILT_STAMP) === wanted) return;
  console.error("Building");
  const script = join(top, "scripts", "build.mjs");
  const { status, error } = spawnSync(node, [script], { cwd: top, stdio: ["ignore", 2, 2] });
  if (error) throw new SetupError(`the build could not be started: ${error.message}`);
  if (status !== 0) throw new SetupError("the build failed: its reason is above");
  writeFileSync(BUILT_STAMP, wanted);
}

/** Names and contents of everything the build reads, without tests. */
function* buildInputs() {
  const sources = BUILD_FOLDERS.flatMap(filesBelow).filter((path) => !path.endsWith(".test.ts"));
  for (const path of [...BUILD_FILES, ...sources]) {
    yield path;
    yield readFileSync(join(top, path));
  }
}

function filesBelow(folder) {
  return readdirSync(join(top, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? filesBelow(path) : [path];
    })
    .sort();
}

/** Provides third-party programs and nats-server. Unless required, tests that need a missing one are skipped. */
function provideOthers(programs, { required, nats = true }) {
  const missing = [...provide(programs), nats ? provideNatsServer() : null].filter(
    (advice) => advice !== null,
  );
  if (missing.length > 0 && required) throw new SetupError(missing.join("\n  "));
  for (const advice of missing) console.error(`Warning: ${advice}`);
}

function digest(chunks) {
  const hash = createHash("sha256");
  for (const chunk of chunks) hash.update(chunk).update("\0");
  return hash.digest("hex");
}

function stampOf(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : null;
}

/** Runs the setup for a script: true on success; otherwise the reason is on stderr. */
export function isSetUp(options) {
  try {
    setUp(options);
    return true;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`carryout setup: ${error.message}`);
    return false;
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const asked = (word) => process.argv.includes(word);
  if (!isSetUp({ test: asked("--test"), cluster: asked("--cluster") ? "nats" : null })) process.exitCode = 1;
}
