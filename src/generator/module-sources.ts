/** @module A digest of the source that a generators module was loaded from, to notice that it changed. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";

/** This library's own code: not part of the application, even outside `node_modules`. */
const LIBRARY = new URL("../", import.meta.url).href;
const PACKAGES = "/node_modules/";

/** Records what this thread loads from now on. */
export class ModuleSources {
  readonly #moduleUrl: string;
  readonly #root: string;
  readonly #digests = new Map<string, string>();
  readonly #hooks: ReturnType<typeof registerHooks>;

  constructor(moduleUrl: string) {
    this.#moduleUrl = moduleUrl;
    this.#root = packageOf(moduleUrl);
    this.#hooks = registerHooks({
      load: (url, context, nextLoad) => {
        const loaded = nextLoad(url, context);
        if (this.#isOwn(url)) this.#digests.set(this.#nameOf(url), digestOf(loaded.source, url));
        return loaded;
      },
    });
  }

  /**
   * Stops recording and returns the digest. It is the same for the same sources, whatever their location and the order
   * in which they were loaded: names are relative to the generators module. Covers what was imported and required until
   * now, code, JSON and text, without `node_modules`, and not files that the code reads itself.
   */
  end(): string {
    this.#hooks.deregister();
    const lines = [...this.#digests].map(([name, digest]) => `${name} ${digest}\n`).sort();
    return createHash("sha256").update(lines.join("")).digest("hex").slice(0, 32);
  }

  /** For a generators module that is itself an installed package: without the packages below it. */
  #isOwn(url: string): boolean {
    if (!url.startsWith("file:") || url.startsWith(LIBRARY)) return false;
    const isWithin = this.#root !== "" && url.startsWith(this.#root);
    return !(isWithin ? url.slice(this.#root.length - 1) : url).includes(PACKAGES);
  }

  #nameOf(url: string): string {
    const { pathname, search } = new URL(url);
    const from = this.#moduleUrl.startsWith("file:") ? new URL(".", this.#moduleUrl).pathname : "/";
    return posix.relative(from, pathname) + search;
  }
}

/** `file:///app/node_modules/reports/` for a module within it; "" for one outside any package. */
function packageOf(moduleUrl: string): string {
  const at = moduleUrl.lastIndexOf(PACKAGES);
  if (at < 0) return "";
  const [, folder = ""] = /^((?:@[^/]+\/)?[^/]+\/)/.exec(moduleUrl.slice(at + PACKAGES.length)) ?? [];
  return moduleUrl.slice(0, at + PACKAGES.length) + folder;
}

/** Of some formats, Node reads the source only later. */
function digestOf(source: unknown, url: string): string {
  const isRead = typeof source === "string" || source instanceof Uint8Array;
  const bytes = isRead ? source : readFileSync(fileURLToPath(url));
  return createHash("sha256").update(bytes).digest("hex");
}
