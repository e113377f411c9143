/**
 * @module Fetches a program from a Debian suite that this system does not track, without changing the system and
 * without root: apt gets its own configuration, and the package is unpacked, not installed.
 */

import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

const APT = "/etc/apt";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
/** Suites that are named after their place in the release cycle. */
const STANDING_SUITES = ["stable", "testing", "unstable", "sid"];

/**
 * Writes the file `program` of the package `name` to `target`. Uses the system's own mirror. A crash in the
 * middle leaves a temporary folder beside the target. Throws an Error that says what failed.
 */
export function fetchFromDebian({ name, suite, program, target }) {
  const mirrors = debianMirrors();
  if (mirrors.length === 0) throw new Error("apt's sources name no Debian mirror");
  mkdirSync(dirname(target), { recursive: true });
  const folder = mkdtempSync(join(dirname(target), `${name}-`));
  try {
    const apt = aptThatAnswers(folder, mirrors, suite);
    run("apt-get", [...apt, "download", name], folder);
    const archive = readdirSync(folder).find((file) => file.endsWith(".deb"));
    run("dpkg", ["-x", archive, "unpacked"], folder);
    renameSync(join(folder, "unpacked", program), target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** apt's options for the first mirror that has the suite. */
function aptThatAnswers(folder, mirrors, suite) {
  let failure;
  for (const mirror of mirrors) {
    const options = privateApt(folder, mirror, suite);
    try {
      run("apt-get", [...options, "update", "--error-on=any"], folder);
      return options;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function privateApt(folder, { uri, signedBy }, suite) {
  for (const part of ["lists/partial", "cache/archives/partial"]) {
    mkdirSync(join(folder, part), { recursive: true });
  }
  const source = `Types: deb\nURIs: ${uri}\nSuites: ${suite}\nComponents: main\nSigned-By: ${signedBy}\n`;
  const path = join(folder, "suite.sources");
  writeFileSync(path, source);
  const options = {
    "Dir::Etc::SourceList": path,
    "Dir::Etc::SourceParts": "-",
    "Dir::Etc::Preferences": "/dev/null",
    "Dir::Etc::PreferencesParts": "-",
    "Dir::State::Lists": join(folder, "lists"),
    "Dir::Cache": join(folder, "cache"),
    "Acquire::Languages": "none",
    // As root, apt would download as another user, who may not enter this folder.
    "APT::Sandbox::User": "root",
  };
  return Object.entries(options).flatMap(([option, value]) => ["-o", `${option}=${value}`]);
}

/** Where this system's own release comes from: `{ uri, signedBy }`, the likeliest first. */
export function debianMirrors() {
  const release = readIfThere("/etc/os-release");
  if (!/^ID=debian$/m.test(release)) return [];
  const codename = /^VERSION_CODENAME=(\S+)$/m.exec(release)?.[1];
  const isOwn = ({ suites, components }) =>
    components.includes("main") && [codename, ...STANDING_SUITES].some((suite) => suites.includes(suite));
  const mirrors = new Map();
  for (const source of sourcesOfApt().filter(isOwn)) {
    // Third parties publish for Debian's releases too; the suite is not signed with their keys.
    const rank = source.signedBy === undefined || source.signedBy === KEYRING ? 0 : 1;
    for (const uri of source.uris) mirrors.set(uri, { uri, rank, signedBy: source.signedBy ?? KEYRING });
  }
  return [...mirrors.values()].sort((a, b) => a.rank - b.rank);
}

function sourcesOfApt() {
  const parts = join(APT, "sources.list.d");
  const names = existsSync(parts) ? readdirSync(parts).sort() : [];
  const read = (name) => readIfThere(join(parts, name));
  return [
    ...names.filter((name) => name.endsWith(".sources")).flatMap((name) => stanzasIn(read(name))),
    ...oneLinersIn(readIfThere(join(APT, "sources.list"))),
    ...names.filter((name) => name.endsWith(".list")).flatMap((name) => oneLinersIn(read(name))),
  ];
}

function stanzasIn(text) {
  const stanzas = text.replace(/^#.*\n?/gm, "").split(/\n\s*\n/);
  return stanzas
    .map((stanza) => (field) => new RegExp(`^${field}: *(.*)$`, "im").exec(stanza)?.[1]?.trim())
    .filter((field) => /\bdeb\b/.test(field("Types") ?? "") && field("Enabled") !== "no")
    .map((field) => ({
      uris: words(field("URIs")),
      suites: words(field("Suites")),
      components: words(field("Components")),
      signedBy: keyFile(field("Signed-By")),
    }));
}

function oneLinersIn(text) {
  return [...text.matchAll(/^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+(.*)$/gm)].map(
    ([, options = "", uri, suite, components]) => ({
      uris: [uri],
      suites: [suite],
      components: words(components),
      signedBy: keyFile(/signed-by=(\S+)/i.exec(options)?.[1]),
    }),
  );
}

/** Keys embedded in the source entry itself are not carried over. */
function keyFile(signedBy) {
  return signedBy?.startsWith("/") ? signedBy : undefined;
}

function words(text = "") {
  return text.split(/\s+/).filter((word) => word !== "");
}

function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

function run(command, parameters, cwd) {
  // A separate home keeps dpkg out of one that this user may not enter.
  const env = { ...process.env, HOME: cwd, LC_ALL: "C" };
  const { status, error, stderr } = spawnSync(command, parameters, { cwd, env, encoding: "utf8" });
  if (error) throw new Error(`${command} could not be started: ${error.message}`);
  if (status !== 0) throw new Error(`${command}: ${stderr.trim().split("\n").at(-1)}`);
}
