/** @module Line plots as SVG, without dependencies, for light and dark pages. */

export interface Series {
  name: string;
  points: readonly (readonly [x: number, y: number])[];
}

export interface Panel {
  title: string;
  x: string;
  y: string;
  series: readonly Series[];
}

const PANEL = { width: 380, height: 250, left: 64, right: 16, top: 46, bottom: 44 };
const COLUMNS = 2;
const TICKS = 4;
/** Distinguishable without colour as well. */
const DASHES = ["", "6 3", "2 3", "8 3 2 3"];

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 13px }
  .note { fill: #59636e; font-size: 11px }
  .grid { stroke: #d1d9e0; stroke-width: 1 }
  .line { fill: none; stroke-width: 2 }
  .s0 { stroke: #0969da } .s1 { stroke: #bc4c00 } .s2 { stroke: #1a7f37 } .s3 { stroke: #8250df }
  circle.s0 { fill: #0969da } circle.s1 { fill: #bc4c00 } circle.s2 { fill: #1a7f37 } circle.s3 { fill: #8250df }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .note { fill: #9198a1 } .grid { stroke: #3d444d }
    .s0 { stroke: #4493f8 } .s1 { stroke: #f0883e } .s2 { stroke: #3fb950 } .s3 { stroke: #ab7df8 }
    circle.s0 { fill: #4493f8 } circle.s1 { fill: #f0883e } circle.s2 { fill: #3fb950 } circle.s3 { fill: #ab7df8 }
  }`;

/** The panels beside and below each other, on a transparent ground. */
export function plot(title: string, panels: readonly Panel[]): string {
  const width = COLUMNS * PANEL.width;
  const height = Math.ceil(panels.length / COLUMNS) * PANEL.height;
  const drawn = panels.map((panel, index) => {
    const at = `${(index % COLUMNS) * PANEL.width} ${Math.floor(index / COLUMNS) * PANEL.height}`;
    return `<g transform="translate(${at})">${draw(panel)}</g>`;
  });
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${escaped(title)}">\n` +
    `<title>${escaped(title)}</title>\n<style>${STYLE}\n</style>\n${drawn.join("\n")}\n</svg>\n`
  );
}

function draw({ title, x, y, series }: Panel): string {
  const points = series.flatMap((each) => each.points).filter(([, value]) => Number.isFinite(value));
  const xTop = roundUp(Math.max(...points.map(([at]) => at)));
  const yTop = roundUp(Math.max(...points.map(([, value]) => value)));
  const right = PANEL.width - PANEL.right;
  const bottom = PANEL.height - PANEL.bottom;
  const xOf = (at: number) => round(PANEL.left + (at / xTop) * (right - PANEL.left));
  const yOf = (value: number) => round(bottom - (value / yTop) * (bottom - PANEL.top));
  const parts = [
    label(title, { x: 8, y: 18, className: "title" }),
    label(y, { x: 8, y: 35, className: "note" }),
  ];
  for (let step = 0; step <= TICKS; step++) {
    const [at, value] = [(xTop * step) / TICKS, (yTop * step) / TICKS];
    const level = yOf(value);
    parts.push(`<line class="grid" x1="${PANEL.left}" x2="${right}" y1="${level}" y2="${level}"/>`);
    parts.push(label(short(value), { x: PANEL.left - 6, y: level + 4, anchor: "end", className: "note" }));
    parts.push(label(short(at), { x: xOf(at), y: bottom + 16, anchor: "middle", className: "note" }));
  }
  parts.push(label(x, { x: right, y: bottom + 34, anchor: "end", className: "note" }));
  for (const [index, { name, points: own }] of series.entries()) {
    const path = own.map(([at, value]) => `${xOf(at)},${yOf(value)}`);
    parts.push(
      `<polyline class="line s${index}" stroke-dasharray="${DASHES[index]}" points="${path.join(" ")}"/>`,
    );
    for (const [at, value] of own) {
      parts.push(`<circle class="s${index}" cx="${xOf(at)}" cy="${yOf(value)}" r="2.5"/>`);
    }
    if (series.length > 1) parts.push(legend(name, index));
  }
  return parts.join("\n");
}

function legend(name: string, index: number): string {
  const [x, y] = [PANEL.left + 8 + 84 * index, PANEL.height - 14];
  const from = `x1="${x - 64}" x2="${x - 44}" y1="${y}" y2="${y}"`;
  const stroke = `<line class="line s${index}" stroke-dasharray="${DASHES[index]}" ${from}/>`;
  return stroke + label(name, { x: x - 40, y: y + 4, className: "note" });
}

function label(
  text: string,
  { x, y, anchor = "start", className }: { x: number; y: number; anchor?: string; className: string },
): string {
  return `<text class="${className}" x="${x}" y="${y}" text-anchor="${anchor}">${escaped(text)}</text>`;
}

/** 1, 2, 2.5, 4, 5 or 8 times a power of ten, so that quarters of it are short. */
function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value) ?? 10);
}

function short(value: number): string {
  if (value >= 1e6) return `${round(value / 1e6)}M`;
  return value >= 10_000 ? `${round(value / 1e3)}k` : String(round(value));
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
