/** @module The package as npm would publish it, unpacked as in another project. */

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const top = fileURLToPath(new URL("../..", import.meta.url));

export interface PackedPackage {
  /** A project folder whose `node_modules` holds the package and its dependencies, but none of its optional peers. */
  project: string;
  /** The package's folder in it. */
  dir: string;
  tarball: string;
  /** Paths in the tarball. */
  files: string[];
}

/** Packs the built `dist`. `libraries` are linked next to the package's own dependencies; the project is a new folder. */
export function pack(libraries: readonly string[] = [], within = tmpdir()): PackedPackage {
  const project = mkdtempSync(join(within, "carryout-package-"));
  const npm = execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", project], {
    cwd: top,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const packed: unknown = JSON.parse(npm);
  // npm 11 prints a list, npm 12 an object by name.
  const [{ filename, files }] = Object.values(packed as object) as [
    { filename: string; files: { path: string }[] },
  ];
  const tarball = join(project, filename);
  const dir = join(project, "node_modules", "carryout");
  mkdirSync(dir, { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "-C", dir, "--strip-components=1"]);
  const { dependencies } = JSON.parse(readFileSync(join(dir, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  for (const library of [...Object.keys(dependencies), ...libraries]) {
    const link = join(project, "node_modules", library);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(top, "node_modules", library), link);
  }
  return { project, dir, tarball, files: files.map(({ path }) => path) };
}
