/** @module An element whose properties cause it to be rendered anew, and may be attributes. */

import { render } from "./render.ts";
import type { TemplateResult } from "./template.ts";

export interface PropertyDeclaration {
  /** Default: the property's name in lower case. */
  attribute?: string;
  /** How an attribute becomes a value. Default: its text. */
  type?: BooleanConstructor | ((text: string | null) => unknown);
  /** Whether a value becomes an attribute, too. */
  reflect?: boolean;
}

export type PropertyDeclarations = Readonly<Record<string, PropertyDeclaration>>;
/** Names of the properties that changed since the last update, with their values before. */
export type Changes = Map<string, unknown>;

/** Servers, where elements may be imported, but do nothing. */
const Base = globalThis.HTMLElement ?? (class {} as unknown as typeof HTMLElement);

export abstract class UpdatingElement extends Base {
  static properties: PropertyDeclarations = {};

  /** Those of this class and of those that it extends. */
  static get elementProperties(): Map<string, PropertyDeclaration> {
    // biome-ignore lint/complexity/noThisInStatic: the class that is asked, which extends this one
    return declaredIn(this);
  }

  /** Called when the element is defined: its properties become accessors. */
  static get observedAttributes(): string[] {
    // biome-ignore lint/complexity/noThisInStatic: the class that is defined, which extends this one
    const declared = this.elementProperties;
    for (const name of declared.keys()) {
      // biome-ignore lint/complexity/noThisInStatic: the same
      Object.defineProperty(this.prototype, name, accessorOf(name));
    }
    return [...declared].map(([name, { attribute }]) => attribute ?? name.toLowerCase());
  }

  hasUpdated = false;
  renderRoot!: ShadowRoot;
  readonly #values = new Map<string, unknown>();
  #changed: Changes = new Map();
  #update: Promise<void> | null = null;
  #isReflecting = false;
  #isStarted = false;
  /** Properties that were set before the element was defined. */
  readonly #early: [string, unknown][] = [];

  constructor() {
    super();
    for (const name of this.#declared.keys()) {
      const own = Object.getOwnPropertyDescriptor(this, name);
      if (!own) continue;
      this.#early.push([name, own.value]);
      delete (this as Record<string, unknown>)[name];
    }
  }

  get #declared(): Map<string, PropertyDeclaration> {
    return (this.constructor as typeof UpdatingElement).elementProperties;
  }

  /** Resolves when what was changed so far is shown. */
  get updateComplete(): Promise<void> {
    return this.#update ?? Promise.resolve();
  }

  connectedCallback(): void {
    this.#isStarted = true;
    this.requestUpdate();
  }

  disconnectedCallback(): void {}

  attributeChangedCallback(attribute: string, before: string | null, text: string | null): void {
    if (this.#isReflecting || before === text) return;
    for (const [name, declaration] of this.#declared) {
      if ((declaration.attribute ?? name.toLowerCase()) !== attribute) continue;
      const { type } = declaration;
      const value =
        type === Boolean ? text !== null : type ? (type as (text: string | null) => unknown)(text) : text;
      (this as Record<string, unknown>)[name] = value;
    }
  }

  /** Of a declared property. */
  propertyValue(name: string): unknown {
    return this.#values.get(name);
  }

  setValue(name: string, value: unknown): void {
    const before = this.#values.get(name);
    if (Object.is(before, value) && this.#values.has(name)) return;
    this.#values.set(name, value);
    if (!this.#changed.has(name)) this.#changed.set(name, before);
    this.requestUpdate();
  }

  /** Renders once, soon, however often it is called before. */
  requestUpdate(): void {
    if (this.#update || !this.#isStarted) return;
    this.#update = Promise.resolve()
      .then(() => this.beforeUpdate())
      .then(() => this.#perform());
  }

  /** The update waits for it. The first one shows the shadow tree: until then the element's children are visible. */
  protected beforeUpdate(): Promise<unknown> | null {
    return null;
  }

  #createRoot(): ShadowRoot {
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = this.styleSheets;
    return root;
  }

  /** Those of the shadow tree, when it is made. */
  protected get styleSheets(): CSSStyleSheet[] {
    return [];
  }

  /** Called before each rendering. What it changes belongs to the same one. */
  protected willUpdate(_changed: Changes): void {}

  /** Called after each rendering. */
  protected updated(_changed: Changes): void {}

  protected abstract render(): TemplateResult;

  #perform(): void {
    for (const [name, value] of this.#early.splice(0)) (this as Record<string, unknown>)[name] = value;
    const changed = this.#changed;
    this.renderRoot ??= this.#createRoot();
    try {
      this.willUpdate(changed);
      this.#changed = new Map();
      this.#reflect(changed);
      render(this.render(), this.renderRoot);
    } finally {
      this.#update = null;
    }
    this.hasUpdated = true;
    if (this.#changed.size > 0) this.requestUpdate();
    this.updated(changed);
  }

  #reflect(changed: Changes): void {
    this.#isReflecting = true;
    for (const [name, { attribute = name.toLowerCase(), reflect, type }] of this.#declared) {
      if (!reflect || !changed.has(name)) continue;
      const value = this.#values.get(name);
      if (type === Boolean) this.toggleAttribute(attribute, value === true);
      else if (value === null || value === undefined) this.removeAttribute(attribute);
      else this.setAttribute(attribute, String(value));
    }
    this.#isReflecting = false;
  }
}

function declaredIn(element: typeof UpdatingElement): Map<string, PropertyDeclaration> {
  const own = Object.entries(Object.hasOwn(element, "properties") ? element.properties : {});
  const above = Object.getPrototypeOf(element) as typeof UpdatingElement;
  return new Map([...(element === UpdatingElement ? [] : declaredIn(above)), ...own]);
}

function accessorOf(name: string): PropertyDescriptor {
  return {
    get(this: UpdatingElement) {
      return this.propertyValue(name);
    },
    set(this: UpdatingElement, value: unknown) {
      this.setValue(name, value);
    },
    configurable: true,
    enumerable: true,
  };
}
