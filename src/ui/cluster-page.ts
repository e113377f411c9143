/** @module The page at `/cluster` as HTML: the nodes as they are now, before and without the script. */

import type { PublicCluster } from "../wire/cluster.ts";
import { attribute, escapeHtml, jsonAttribute } from "./escape.ts";

export interface ClusterPageOptions {
  view: PublicCluster;
  /** Where the browser's files are served. Default "/carryout". */
  assetsPath?: string;
  /** Where the API is mounted: the prefix of the cluster's URLs. Default "". */
  basePath?: string;
  /** Where "back" leads. Default "/". */
  homePath?: string;
  /** What decides who may see the page. */
  guard?: ClusterGuard;
}

/** The operator token, the application's own decision, or either. */
export type ClusterGuard = "token" | "application" | "both";

const GUARDS: Readonly<Record<ClusterGuard, string>> = {
  token: "whoever has the operator token",
  application: "the operators whom the application names",
  both: "the operators whom the application names, and whoever has the operator token",
};

export function clusterPage(options: ClusterPageOptions): string {
  const { view, assetsPath = "/carryout", basePath = "", homePath = "/", guard = "token" } = options;
  const src = `${basePath}/cluster`;
  return `<!doctype html>
<html lang="en" class="bg-stone-50 text-stone-900 antialiased dark:bg-stone-950 dark:text-stone-100">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cluster · Carryout</title>
<link rel="icon" href="data:,">
<link rel="stylesheet"${attribute("href", `${assetsPath}/cluster.css`)}>
<script type="module"${attribute("src", `${assetsPath}/cluster.js`)}></script>
</head>
<body class="mx-auto max-w-7xl px-4 py-6 font-sans sm:px-8 sm:py-8">
<header class="mb-6 flex flex-wrap items-end justify-between gap-x-8 gap-y-3">
<div>
<h1 class="text-2xl font-semibold tracking-tight">Cluster</h1>
<p class="mt-1 text-sm text-stone-600 dark:text-stone-400">For operators only: ${GUARDS[guard]}.</p>
</div>
<a class="text-sm font-medium text-violet-700 underline-offset-4 hover:underline dark:text-violet-300"${attribute("href", homePath)}>Back to the application</a>
</header>
<main>
<carryout-cluster${attribute("src", src)}${jsonAttribute("initial", view)}>
${nodesHtml(view, src)}
<noscript><p class="mt-6 text-sm text-stone-600 dark:text-stone-400">Reload to see changes; live updates need JavaScript.</p></noscript>
</carryout-cluster>
</main>
</body>
</html>
`;
}

function nodesHtml(view: PublicCluster, src: string): string {
  const cards = view.nodes.map((node) => {
    const action = `${src}/nodes/${encodeURIComponent(node.name)}/drain`;
    const kill = node.pid === undefined ? "" : `<code class="text-sm">kill -9 ${Number(node.pid)}</code>`;
    const drain = node.draining
      ? '<span class="text-sm">draining</span>'
      : `<form method="post"${attribute("action", action)}><button class="text-sm underline">Drain</button></form>`;
    return `<li class="rounded-xl border border-stone-200 bg-white p-4 dark:border-stone-800 dark:bg-stone-900"><h2 class="font-semibold">${escapeHtml(node.name)}</h2><p class="mb-3 text-sm text-stone-600 dark:text-stone-400">${Number(node.running)} of ${Number(node.capacity)} places taken</p><div class="flex justify-between gap-4">${kill}${drain}</div></li>`;
  });
  return `<ul class="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">${cards.join("")}</ul><p class="mt-4 text-sm">${Number(view.unfinished)} unfinished</p>`;
}
