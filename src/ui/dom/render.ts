/** @module Renders templates into the document, and changes only what has changed. */

import { compile, Keyed, Markup, nothing, type TemplateResult, walker } from "./template.ts";

/** Sets a place's values: all values of its template are passed. */
type Setter = (values: readonly unknown[]) => void;

const roots = new WeakMap<Node, Content>();

/** The content of `root` from now on. */
export function render(template: TemplateResult, root: ShadowRoot): void {
  let content = roots.get(root);
  if (!content) {
    content = new Content(root.appendChild(document.createComment("")));
    roots.set(root, content);
  }
  content.set(template);
}

/** What stands between two comments. */
class Content {
  readonly start: Comment;
  readonly end: Comment;
  /** What it is made from now: a text, the HTML of a markup, or the strings of a template. */
  #source: unknown;
  #setters: readonly Setter[] = [];
  #items: Map<unknown, Content> | null = null;
  #keyed: Keyed | null = null;

  constructor(end: Comment) {
    this.end = end;
    this.start = document.createComment("");
    end.before(this.start);
  }

  set(value: unknown): void {
    if (value instanceof Keyed) this.#setKeyed(value);
    else if (Array.isArray(value)) this.#setList(value);
    else if (value instanceof Markup) this.#setNodes(value.html, () => fragmentOf(value.html));
    else if (isTemplate(value)) this.#setTemplate(value);
    else {
      const text = value === nothing || value === null || value === undefined ? "" : String(value);
      if (typeof this.#source === "string" && this.start.nextSibling instanceof Text) {
        this.start.nextSibling.data = text;
        this.#source = text;
      } else this.#setNodes(text, () => document.createTextNode(text));
    }
  }

  #setKeyed(keyed: Keyed): void {
    const before = this.#keyed;
    this.#keyed = keyed;
    const isSame = before?.sources.every((source, index) => source === keyed.sources[index]);
    if (!isSame) this.set(keyed.make());
  }

  #setNodes(source: unknown, make: () => Node): void {
    if (source === this.#source) return;
    this.#clear();
    this.#source = source;
    this.end.before(make());
  }

  #setTemplate({ strings, values }: TemplateResult): void {
    if (strings !== this.#source) {
      this.#clear();
      this.#source = strings;
      const { content, places } = compile(strings);
      const fragment = document.importNode(content, true);
      const nodes = walker(fragment);
      const found: Node[] = [];
      while (nodes.nextNode()) found.push(nodes.currentNode);
      this.#setters = places.map(({ node, value, attribute }) =>
        attribute
          ? attributeSetter(found[node] as Element, attribute, value)
          : contentSetter(found[node] as Comment, value),
      );
      for (const set of this.#setters) set(values);
      this.end.before(fragment);
    } else for (const set of this.#setters) set(values);
  }

  /** Items that stay are moved only if another one took their place: moving takes the focus away. */
  #setList(list: readonly unknown[]): void {
    if (!this.#items) {
      this.#clear();
      this.#items = new Map();
    }
    const keys = new Set(list.map(keyOf));
    for (const [key, item] of this.#items) if (!keys.has(key)) item.#remove();
    const items = new Map<unknown, Content>();
    let next = this.start.nextSibling!;
    for (const [index, value] of list.entries()) {
      const key = keyOf(value, index);
      let item = this.#items.get(key);
      if (!item) {
        const end = document.createComment("");
        next.before(end);
        item = new Content(end);
      } else if (item.start === next) next = item.end.nextSibling!;
      else next.before(...item.#nodes());
      items.set(key, item);
      item.set(value);
    }
    this.#items = items;
  }

  #nodes(): Node[] {
    const nodes: Node[] = [];
    for (let node: Node = this.start; node !== this.end; node = node.nextSibling!) nodes.push(node);
    return [...nodes, this.end];
  }

  #remove(): void {
    for (const node of this.#nodes()) (node as ChildNode).remove();
  }

  #clear(): void {
    for (const node of this.#nodes().slice(1, -1)) (node as ChildNode).remove();
    this.#source = undefined;
    this.#setters = [];
    this.#items = null;
  }
}

function keyOf(value: unknown, index: number): unknown {
  return value instanceof Keyed ? value.key : index;
}

function isTemplate(value: unknown): value is TemplateResult {
  return typeof value === "object" && value !== null && "strings" in value;
}

function fragmentOf(html: string): Node {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

function contentSetter(end: Comment, index: number): Setter {
  const content = new Content(end);
  return (values) => content.set(values[index]);
}

function attributeSetter(element: Element, name: string, index: number): Setter {
  const set = setterOf(element, name);
  let before: unknown = set; // no value is equal to it
  return (values) => {
    const value = values[index];
    if (value !== before) set(value);
    before = value;
  };
}

function setterOf(element: Element, name: string): (value: unknown) => void {
  const rest = name.slice(1);
  switch (name[0]) {
    case "@": {
      let listener: unknown;
      element.addEventListener(rest, (event) => (listener as (event: Event) => void)(event));
      return (value) => {
        listener = value;
      };
    }
    case "?":
      return (value) => element.toggleAttribute(rest, value === true);
    case ".":
      return (value) => Object.assign(element, { [rest]: value });
    case "~":
      return (value) => (element as HTMLElement).style.setProperty(rest, String(value));
    default:
      return (value) => {
        if (value === nothing) element.removeAttribute(name);
        else element.setAttribute(name, String(value));
      };
  }
}
