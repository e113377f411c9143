/** @module A visitor of the chaos run: requests, watches, switches nodes, fetches, dismisses, and requests again. */

import { type DownloadsApi, downloadsApi } from "../../src/client/downloads-api.ts";
import { isUnfinished, type PublicDownload } from "../../src/client/public-download.ts";
import type { Chance } from "../sim/chance.ts";
import { Browser } from "./browser.ts";
import { fetchInPieces } from "./delivery.ts";
import { History, type Sighting, short } from "./history.ts";
import { drawOrder, expectedText, type Order } from "./orders.ts";
import { Page } from "./page.ts";

export interface VisitorOptions {
  name: string;
  chance: Chance;
  /** The entry that all nodes share. */
  entry: string;
  /** Each node's own address. */
  nodes: readonly string[];
  /** No new orders after this. */
  closing: AbortSignal;
  /** See `Page`. */
  keepUpMs: number;
  /** Stops waiting after this. */
  giveUp: AbortSignal;
}

const ANSWER_MS = 5_000;
const RETRY_MS = 300;

export class ChaosVisitor {
  readonly history: History;
  readonly browser: Browser;
  readonly catchUps: number[] = [];
  filesFetched = 0;
  resumed = 0;
  doubleClicks = 0;
  readonly #options: VisitorOptions;
  readonly #chance: Chance;
  readonly #orders = new Map<string, Order>();
  #page: Page;

  constructor(options: VisitorOptions) {
    this.#options = options;
    this.#chance = options.chance;
    this.history = new History(options.name);
    this.browser = new Browser(this.history);
    this.#page = this.#newPage();
  }

  /** Places orders until closing, then follows the last one to its end. */
  async run(): Promise<void> {
    const { closing, giveUp } = this.#options;
    while (!this.browser.isKnown && !giveUp.aborted) await this.#list(this.#options.entry);
    this.#page.open();
    while (!closing.aborted) {
      await this.#order();
      await this.history.changed(this.#chance.whole(0, 400));
    }
    await this.#seeThrough();
    this.#closePage();
  }

  async #order(): Promise<void> {
    const order = drawOrder(this.#chance, `${this.history.visitor}-${this.#orders.size}`);
    if (order.params.seed !== undefined) this.#orders.set(order.params.seed, order);
    const asked = await this.#ask(order);
    if (!asked) return;
    // An older request, carried out late, may hold the slot: it is followed all the same.
    const sighting = await this.#watch(asked, this.#chance.is(0.06));
    if (sighting.goneAt === null) await this.#take(sighting);
    if (this.#chance.is(0.6)) await this.#remove(sighting);
  }

  /** One click, or two on different nodes. Returns what holds the slot afterwards; null if every request failed. */
  async #ask(order: Order): Promise<Sighting | null> {
    const { history } = this;
    const { kind, params } = order;
    const isDouble = this.#chance.is(0.25);
    const bases = isDouble ? [this.#somewhere(), this.#somewhere()] : [this.#somewhere()];
    history.note(`asks for ${kind} ${JSON.stringify(params)} at ${bases.join(" and ")}`);
    const began = performance.now();
    history.asking();
    const click = async (base: string) => {
      const outcome = await this.#api(base).start({ kind, params, slot: "default" });
      if (outcome.type === "accepted") return history.accepted(outcome.download, order, began);
      if (outcome.type === "busy") return history.accepted(outcome.download, null);
      if (outcome.problem.retriable) history.note(`was put off: ${outcome.problem.code}`);
      else history.violated("answers are in order", `${kind} was refused: ${outcome.problem.message}`);
      return null;
    };
    const answers = await Promise.all(bases.map(click)).finally(() => history.asked());
    const held = answers.filter((sighting) => sighting !== null);
    if (isDouble) this.doubleClicks++;
    const couldNotEnd = performance.now() - began < order.leastMs;
    if (held.length === 2 && held[0] !== held[1] && couldNotEnd) {
      history.violated("equal requests join", held.map(({ id }) => id).join(" and "));
    }
    return held.find(({ goneAt }) => goneAt === null) ?? null;
  }

  /** Waits until it has ended, and behaves like a person meanwhile. */
  async #watch(sighting: Sighting, mayCancel: boolean): Promise<Sighting> {
    const { history } = this;
    const cancelAt = mayCancel ? performance.now() + this.#chance.whole(0, 3_000) : Number.POSITIVE_INFINITY;
    let nextWhim = performance.now() + this.#chance.whole(200, 3_000);
    while (isUnfinished(sighting) && sighting.goneAt === null && !this.#options.giveUp.aborted) {
      await history.changed(200);
      const now = performance.now();
      if (now > cancelAt) await this.#remove(sighting);
      else if (now > nextWhim) {
        await this.#whim(sighting);
        nextWhim = performance.now() + this.#chance.whole(200, 3_000);
      }
    }
    return sighting;
  }

  #whim(sighting: Sighting): Promise<unknown> {
    return this.#chance.weighted<() => Promise<unknown>>([
      { weight: 2, value: () => this.#refresh() },
      { weight: 5, value: () => this.#look(sighting) },
      { weight: 2, value: () => this.#list(this.#somewhere()) },
    ])();
  }

  /** Fetches a ready file, or checks a failure. */
  async #take(sighting: Sighting): Promise<void> {
    const download = await this.#look(sighting);
    if (!download || isUnfinished(download)) return;
    if (download.state === "error") return this.#judgeFailure(sighting, download);
    for (let times = this.#chance.is(0.15) ? 2 : 1; times > 0; times--) await this.#fetch(download);
  }

  #judgeFailure({ order, kind }: Sighting, { error }: PublicDownload): void {
    const expected = order?.failure ?? (kind === "throws" ? "generation-failed" : null);
    const words = `${kind}: ${error?.code} ${error?.message}`;
    if (expected === null) this.history.violated("good orders become files", words);
    else if (error?.code !== expected) this.history.violated("bad orders fail as they should", words);
  }

  async #fetch(download: PublicDownload): Promise<void> {
    const { history, browser } = this;
    const { giveUp } = this.#options;
    const somewhere = () => this.#somewhere();
    const chance = this.#chance;
    const delivered = await fetchInPieces({ browser, history, chance, somewhere, download, giveUp });
    if (!delivered) return void (await this.#list(somewhere())); // shows whether it may be gone
    this.filesFetched++;
    this.resumed += delivered.resumed;
    const { text } = delivered;
    const seed = /^0 (\S+) /.exec(text)?.[1] ?? "";
    const order = this.#orders.get(seed);
    if (!order) history.violated("the file is right", `it is none of this visitor's: ${text.slice(0, 60)}`);
    else if (text !== expectedText(order)) {
      history.violated(
        "the file is right",
        `${short(download.id)}: ${differenceOf(text, expectedText(order))}`,
      );
    } else history.note(`${short(download.id)} fetched, ${text.length} bytes, right`);
  }

  /** This download as another node reports it; null when it no longer exists, or no node answers. */
  async #look(sighting: Sighting): Promise<PublicDownload | null> {
    const base = this.#somewhere();
    const lens = this.history.lens(`look at ${base}`);
    const response = await this.#get(base, `/downloads/${sighting.id}`);
    if (!response) return null;
    if (response.status === 404) {
      if (sighting.goneAt === null) lens.gone(sighting.id);
      return null;
    }
    const download = (await response.json()) as PublicDownload;
    lens.one(download);
    if (base !== this.#page.base)
      this.#page.expect(sighting.id, { ...sighting, done: download.progress.done });
    return download;
  }

  async #list(base: string): Promise<void> {
    const lens = this.history.lens(`list of ${base}`);
    const response = await this.#get(base, "/downloads");
    if (response?.ok) lens.all(((await response.json()) as { downloads: PublicDownload[] }).downloads);
  }

  /** Retries until a node answers: this one first, then others. */
  async #get(first: string, path: string): Promise<Response | null> {
    for (let base = first; !this.#options.giveUp.aborted; base = this.#somewhere()) {
      const signal = AbortSignal.timeout(ANSWER_MS);
      const response = await this.browser
        .at(base)(path, { signal })
        .then(async (answer) => new Response(await answer.arrayBuffer(), answer))
        .catch(() => null);
      if (response && response.status !== 503) return response;
      await this.history.changed(RETRY_MS);
    }
    return null;
  }

  /** Cancels or dismisses it, and checks that every node knows. */
  async #remove(sighting: Sighting): Promise<void> {
    const { history } = this;
    history.removing(sighting.id);
    history.note(`${isUnfinished(sighting) ? "cancels" : "dismisses"} ${short(sighting.id)}`);
    const problem = await this.#api(this.#somewhere()).remove(sighting.id);
    if (problem) return history.note(`could not: ${problem.code}`);
    history.removed(sighting.id);
    this.#page.expect(sighting.id, "gone");
    if (this.#chance.is(0.5)) await this.#list(this.#somewhere());
  }

  /** Follows downloads that late requests have started until none is running. */
  async #seeThrough(): Promise<void> {
    const { giveUp } = this.#options;
    while (!giveUp.aborted) {
      await this.#list(this.#somewhere());
      const open = [...this.history.sightings.values()].find((it) => isUnfinished(it) && it.goneAt === null);
      if (!open) return;
      await this.#watch(open, false);
    }
  }

  #refresh(): Promise<void> {
    this.#closePage();
    this.#page = this.#newPage();
    this.history.note(`opens the page at ${this.#page.base}`);
    this.#page.open();
    return Promise.resolve();
  }

  #closePage(): void {
    this.#page.close();
    this.catchUps.push(...this.#page.catchUps);
  }

  #newPage(): Page {
    const { history, browser } = this;
    const { entry, keepUpMs } = this.#options;
    const base = this.#somewhere();
    return new Page({ history, browser, base, elsewhere: () => entry, keepUpMs });
  }

  #api(base: string): DownloadsApi {
    return downloadsApi("/downloads", {
      fetch: async (path, init) => {
        try {
          return await this.browser.at(base)(path, init);
        } catch (error) {
          this.history.answerLost();
          base = this.#options.entry; // the person reloads there
          throw error;
        }
      },
    });
  }

  #somewhere(): string {
    const { entry, nodes } = this.#options;
    return this.#chance.is(0.4) ? entry : this.#chance.pick(nodes);
  }
}

function differenceOf(got: string, expected: string): string {
  let at = 0;
  while (at < got.length && got[at] === expected[at]) at++;
  const around = (text: string) => JSON.stringify(text.slice(Math.max(0, at - 20), at + 40));
  return `${got.length} bytes instead of ${expected.length}; at ${at} ${around(got)} instead of ${around(expected)}`;
}
