/** @module `<carryout-cluster-plots>`: what the cluster did in the last hours. */

import {
  css,
  html,
  LitElement,
  nothing,
  type PropertyDeclarations,
  type TemplateResult,
  unsafeCSS,
} from "lit";
import uPlot from "uplot";
import uPlotCss from "uplot/dist/uPlot.min.css?inline";
import type { PublicPlots } from "../wire/operations.ts";
import type { ClusterClient } from "./cluster-client.ts";
import { type Series, seriesOf } from "./cluster-series.ts";
import { clusterBase } from "./cluster-styles.ts";
import { duration, withoutNodes } from "./cluster-text.ts";

const AGAIN_MS = 15_000;
const MINUTE_MS = 60_000;
const HEIGHT_PX = 150;
const RANGES = [
  [15, "15 minutes"],
  [60, "hour"],
  [360, "6 hours"],
  [1_440, "24 hours"],
] as const;

type Column = Exclude<keyof Series, "times">;
type Colour = "accent" | "warning" | "success" | "danger" | "info";

interface Plot {
  title: string;
  lines: { column: Column; name: string; colour: Colour; filled?: true; dashed?: true }[];
  /** How values are written. */
  write(value: number): string;
}

const PLOTS: readonly Plot[] = [
  {
    title: "Running and waiting",
    lines: [
      { column: "running", name: "Running", colour: "accent", filled: true },
      { column: "waiting", name: "Waiting", colour: "warning", dashed: true },
    ],
    write: rounded,
  },
  {
    title: "Finished per minute",
    lines: [
      { column: "ready", name: "Ready", colour: "success", filled: true },
      { column: "failed", name: "Failed", colour: "danger", dashed: true },
    ],
    write: rounded,
  },
  {
    title: "Wait before start",
    lines: [
      { column: "medianWait", name: "Median", colour: "info" },
      { column: "longWait", name: "95 %", colour: "warning", dashed: true },
    ],
    write: duration,
  },
];

export class CarryoutClusterPlots extends LitElement {
  static override styles = [
    unsafeCSS(uPlotCss),
    clusterBase,
    css`
      .top { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 0.75rem; margin-bottom: 0.75rem; }
      .top .title { margin-inline-end: auto; }
      .plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr)); gap: 1rem; }
      figure { min-width: 0; padding: 0.75rem 0.875rem 0.5rem; border: 1px solid var(--border); border-radius: 0.875rem; background: var(--surface); }
      figcaption { display: flex; flex-wrap: wrap; gap: 0.125rem 0.875rem; margin-bottom: 0.5rem; font-size: 0.8125rem; }
      .name { flex: 1; font-weight: 600; white-space: nowrap; }
      .line { display: inline-flex; align-items: center; gap: 0.375rem; color: var(--muted); font-variant-numeric: tabular-nums; white-space: nowrap; }
      .line::before { content: ""; width: 0.875rem; border-top: 2.5px solid; }
      .line.dashed::before { border-top-style: dashed; }
      .accent::before { color: var(--accent); }
      .warning::before { color: var(--warning); }
      .success::before { color: var(--success); }
      .danger::before { color: var(--danger); }
      .info::before { color: var(--info); }
      .canvas { height: ${HEIGHT_PX}px; overflow: hidden; }
      .note { margin-top: 0.5rem; font-size: 0.8125rem; }
    `,
  ];
  static override properties: PropertyDeclarations = { client: { attribute: false } };

  declare client: ClusterClient;

  #minutes = 60;
  #data: PublicPlots | null = null;
  #wrong: string | null = null;
  #charts: uPlot[] = [];
  #again: ReturnType<typeof setTimeout> | undefined;
  readonly #dark = matchMedia("(prefers-color-scheme: dark)");
  readonly #resized = new ResizeObserver(() => this.#resize());

  override connectedCallback(): void {
    super.connectedCallback();
    this.#dark.addEventListener("change", this.#onTheme);
    document.addEventListener("visibilitychange", this.#onVisible);
    if (this.hasUpdated) void this.#fetch();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#again);
    this.#dark.removeEventListener("change", this.#onTheme);
    document.removeEventListener("visibilitychange", this.#onVisible);
    this.#resized.disconnect();
    this.#destroy();
  }

  protected override firstUpdated(): void {
    this.#resized.observe(this.renderRoot.querySelector(".plots")!);
    void this.#fetch();
  }

  protected override updated(): void {
    this.#draw();
  }

  async #fetch(): Promise<void> {
    clearTimeout(this.#again);
    try {
      this.#data = await this.client.plots();
      this.#wrong = null;
    } catch (error) {
      this.#wrong = (error as Error).message;
    }
    this.requestUpdate();
    if (this.isConnected && !document.hidden) this.#again = setTimeout(() => void this.#fetch(), AGAIN_MS);
  }

  readonly #onVisible = () => {
    if (!document.hidden) void this.#fetch();
  };

  /** A canvas has the colours that it was drawn with. */
  readonly #onTheme = () => {
    this.#destroy();
    this.#draw();
  };

  #destroy(): void {
    for (const chart of this.#charts) chart.destroy();
    this.#charts = [];
  }

  #series(): Series {
    const data = this.#data ?? { points: [], waitBoundsMs: [], unheard: [] };
    return seriesOf(data, this.#minutes, Math.floor(Date.now() / MINUTE_MS));
  }

  #draw(): void {
    if (!this.isConnected || this.#data === null) return;
    const series = this.#series();
    const places = [...this.renderRoot.querySelectorAll<HTMLElement>(".canvas")];
    const end = Math.floor(Date.now() / 1_000);
    for (const [index, plot] of PLOTS.entries()) {
      const place = places[index]!;
      const data = [series.times, ...plot.lines.map(({ column }) => series[column])] as uPlot.AlignedData;
      this.#charts[index] ??= new uPlot(this.#options(plot, place), data, place);
      const chart = this.#charts[index]!;
      chart.setData(data, false);
      chart.batch(() => {
        chart.setScale("x", { min: end - this.#minutes * 60, max: end });
        chart.setScale("y", { min: 0, max: highest(plot, series) });
      });
    }
  }

  #resize(): void {
    for (const chart of this.#charts) {
      const width = chart.root.parentElement?.clientWidth ?? 0;
      if (width > 0 && width !== chart.width) chart.setSize({ width, height: HEIGHT_PX });
    }
  }

  #options({ lines, write }: Plot, place: HTMLElement): uPlot.Options {
    const colour = (name: string) => resolved(this, `--${name}`);
    const font = `11px ${getComputedStyle(this).fontFamily}`;
    const axis = {
      stroke: colour("muted"),
      font,
      grid: { stroke: colour("border"), width: 0.5 },
      ticks: { show: false },
    };
    return {
      width: Math.max(100, place.clientWidth),
      height: HEIGHT_PX,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: true, auto: false }, y: { auto: false } },
      axes: [
        { ...axis, size: 24, space: 60, values: (_chart, times) => times.map(hourAndMinute) },
        {
          ...axis,
          size: 46,
          values: (_chart, values) => values.map((value) => (Number.isInteger(value) ? write(value) : "")),
        },
      ],
      series: [
        {},
        ...lines.map(({ name, colour: line, filled, dashed }) => ({
          label: name,
          stroke: colour(line),
          width: 2,
          spanGaps: false,
          // Between minutes without a value there is no line. Points of dense lines are left out by uPlot itself.
          points: { size: 4, fill: colour(line), ...(line === "info" && { show: true }) },
          ...(filled && { fill: faded(colour(line)) }),
          ...(dashed && { dash: [5, 4] }),
        })),
      ],
    };
  }

  protected override render(): TemplateResult {
    const series = this.#series();
    return html`
      <div class="top">
        <h2 class="title">Activity</h2>
        <select class="field" aria-label="Time range" @change=${(event: Event) => {
          this.#minutes = Number((event.target as HTMLSelectElement).value);
          this.requestUpdate();
        }}>
          ${RANGES.map(([minutes, name]) => html`<option value=${minutes} ?selected=${minutes === this.#minutes}>Last ${name}</option>`)}
        </select>
      </div>
      <div class="plots">${PLOTS.map((plot) => this.#figure(plot, series))}</div>
      ${this.#note()}
    `;
  }

  #figure({ title, lines, write }: Plot, series: Series): TemplateResult {
    const latest = ({ column }: Plot["lines"][number]) => {
      const value = series[column].findLast((one) => one !== null);
      return value === undefined || value === null ? "–" : write(value);
    };
    const words = lines.map((line) => `${line.name} ${latest(line)}`).join(", ");
    return html`<figure>
      <figcaption><span class="name">${title}</span>${lines.map(
        (line) =>
          html`<span class="line ${line.colour} ${line.dashed ? "dashed" : ""}">${line.name} ${latest(line)}</span>`,
      )}</figcaption>
      <div class="canvas" role="img" aria-label="${title}, lately: ${words}"></div>
    </figure>`;
  }

  #note(): TemplateResult | typeof nothing {
    if (this.#wrong !== null) return html`<p class="note muted" role="status">${this.#wrong}</p>`;
    const unheard = this.#data?.unheard ?? [];
    return unheard.length === 0 ? nothing : html`<p class="note muted">${withoutNodes(unheard)}</p>`;
  }
}

function highest({ lines }: Plot, series: Series): number {
  const values = lines.flatMap(({ column }) => series[column].map((value) => value ?? 0));
  const most = values.reduce((high, value) => Math.max(high, value), 0);
  return Math.max(4, Math.ceil(most * 1.15));
}

function rounded(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function hourAndMinute(seconds: number): string {
  const at = new Date(seconds * 1_000);
  return `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
}

/** The colour that a custom property stands for in this theme: a canvas does not know `light-dark()`. */
function resolved(element: HTMLElement, property: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${property})`;
  element.shadowRoot!.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** `rgb(…)` with little opacity. */
function faded(colour: string): string {
  return colour.replace(/^rgb\((.*)\)$/, "rgba($1, 0.14)");
}
