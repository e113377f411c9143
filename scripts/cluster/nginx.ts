/** @module nginx in front of the local cluster: deploy/nginx.conf with this machine's ports and folders filled in. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { findProgram } from "../system-programs.mjs";
import type { Program } from "./kept-process.ts";

const TEMPLATE = new URL("../../deploy/nginx.conf", import.meta.url);

export interface NginxOptions {
  /** The prefix: configuration, process id, error log and temporary files. */
  dir: string;
  /** `address:port` where it listens. */
  listen: string;
  /** `address:port` of each node. */
  nodes: readonly string[];
}

/** Writes the configuration and returns the program that serves it. */
export async function nginx(options: NginxOptions): Promise<Program> {
  const program = findProgram("nginx");
  if (program === null) throw new Error("nginx is missing: npm run setup -- --cluster says how to get it");
  const { dir, listen } = options;
  await mkdir(dir, { recursive: true });
  const config = join(dir, "nginx.conf");
  await writeFile(config, filled(await readFile(TEMPLATE, "utf8"), options));
  const [host, port] = listen.split(":") as [string, string];
  return {
    name: "nginx",
    words: [program, "-p", `${dir}/`, "-c", config, "-e", join(dir, "error.log")],
    output: "inherit",
    address: `http://${host === "127.0.0.1" ? "localhost" : host}:${port}`,
    isReady: () => accepts(host, Number(port)),
  };
}

/** The command that makes a running nginx reload its configuration. */
export function reloadWords({ words }: Program): readonly [string, ...string[]] {
  return [...words, "-s", "reload"];
}

/** Throws when the template no longer contains the text to replace. */
export function filled(template: string, { dir, listen, nodes }: NginxOptions): string {
  const servers = (indent: string, parameters: string) =>
    nodes.map((node) => `${indent}server ${node}${parameters};\n`).join("");
  const own = [
    "# deploy/nginx.conf, filled in by npm run cluster: written anew at every start.",
    "daemon off;",
    "pid nginx.pid;",
    "error_log error.log;",
    // Otherwise workers started by root would run as another user, who may not enter this folder.
    ...(process.getuid?.() === 0 ? ["user root;"] : []),
  ];
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `    ${name}_temp_path ${quoted(join(dir, `${name}-temp`))};\n`)
    .join("");
  let text = replaced(
    template,
    /(?:^( +)server [\d.]+:4000(.*);\n)+/gm,
    (_all, indent: string, parameters: string) => servers(indent, parameters),
  );
  text = replaced(text, /listen 80;/g, () => `listen ${listen};`);
  text = replaced(text, /^http \{\n/gm, (line) => `${line}    access_log off;\n${temporary}`);
  return `${own.join("\n")}\n\n${text}`;
}

function replaced(text: string, pattern: RegExp, by: (...parts: string[]) => string): string {
  if (text.search(pattern) < 0) throw new Error(`deploy/nginx.conf has nothing like ${pattern.source}`);
  return text.replace(pattern, by);
}

function quoted(path: string): string {
  return `"${path.replace(/["\\$]/g, "\\$&")}"`;
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => end(true)).once("error", () => end(false));
  });
}
