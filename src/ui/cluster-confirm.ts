/** @module `<carryout-cluster-confirm>`: asks before a change that can't be taken back. */

import { css, html, LitElement, type TemplateResult } from "lit";
import { clusterBase } from "./cluster-styles.ts";

interface Question {
  title: string;
  text: string;
  /** What the button says that does it. */
  yes: string;
  isDangerous: boolean;
}

export class CarryoutClusterConfirm extends LitElement {
  static override styles = [
    clusterBase,
    css`
      dialog { max-width: min(28rem, calc(100vw - 2rem)); padding: 1.25rem; border: 1px solid var(--border); border-radius: 0.875rem; background: var(--surface); color: var(--text); }
      dialog::backdrop { background: rgb(0 0 0 / 0.45); }
      .text { margin-top: 0.5rem; color: var(--muted); font-size: 0.875rem; line-height: 1.5; }
      .buttons { display: flex; justify-content: flex-end; gap: 0.5rem; margin-top: 1.25rem; }
    `,
  ];

  #question: Question | null = null;
  #answer: (isYes: boolean) => void = () => {};

  /** Resolves with the answer; the focus returns to where it was. */
  async ask(question: Question): Promise<boolean> {
    this.#question = question;
    this.requestUpdate();
    await this.updateComplete;
    const dialog = this.renderRoot.querySelector("dialog")!;
    return new Promise((resolve) => {
      this.#answer = resolve;
      dialog.showModal();
    });
  }

  #close(isYes: boolean): void {
    const dialog = this.renderRoot.querySelector("dialog");
    this.#answer(isYes);
    this.#answer = () => {};
    if (dialog?.open) dialog.close();
  }

  protected override render(): TemplateResult {
    const { title = "", text = "", yes = "", isDangerous = false } = this.#question ?? {};
    return html`<dialog aria-labelledby="title" aria-describedby="text" @close=${() => this.#close(false)}>
      <h2 id="title" class="title">${title}</h2>
      <p id="text" class="text">${text}</p>
      <div class="buttons">
        <button class="button" @click=${() => this.#close(false)}>Keep</button>
        <button class="button ${isDangerous ? "danger" : "main"}" @click=${() => this.#close(true)}>${yes}</button>
      </div>
    </dialog>`;
  }
}
