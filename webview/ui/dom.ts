/**
 * Elements from plain descriptions, and bringing a page up to date with them without losing focus, selection or scroll.
 * Content is text only, never HTML.
 */
import { visibleLines } from '../../src/text/neutral.ts';

export type Child = Node | string | number | false | null | undefined | readonly Child[];

export interface Props {
  readonly class?: string | undefined;
  /** Elements of a list keep their identity by it. */
  readonly key?: string | undefined;
  /** The element's inside is drawn by a component of that name (a chart, a drop-down), and left alone here. */
  readonly island?: string | undefined;
  /** What a click does, with its argument: `data-do`, `data-with`. */
  readonly do?: string | undefined;
  readonly with?: string | undefined;
  /** Set through CSSOM: the page's policy forbids style attributes. */
  readonly style?: Readonly<Record<string, string>>;
  /** Attributes; true is an empty one, false, null and undefined are left out. */
  readonly [attribute: string]: string | number | boolean | null | undefined | Readonly<Record<string, string>>;
}

const RENAMED: Readonly<Record<string, string>> = {
  do: 'data-do',
  with: 'data-with',
  key: 'data-key',
  island: 'data-island',
};

/** Attributes that we set, as opposed to those that a custom element gives itself. */
const owned = new WeakMap<Element, Set<string>>();

function fill(element: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (Array.isArray(child)) fill(element, child as readonly Child[]);
    else if (child instanceof Node) element.append(child);
    else if (typeof child === 'string' || typeof child === 'number') element.append(visibleLines(String(child)));
  }
}

function equip(element: HTMLElement | SVGElement, props: Props, children: readonly Child[]): void {
  const names = new Set<string>();
  for (const [prop, value] of Object.entries(props)) {
    if (value === false || value === null || value === undefined) continue;
    if (typeof value === 'object') {
      for (const [name, setting] of Object.entries(value)) element.style.setProperty(name, setting);
      continue;
    }
    const name = RENAMED[prop] ?? prop;
    names.add(name);
    element.setAttribute(name, value === true ? '' : String(value));
  }
  owned.set(element, names);
  fill(element, children);
}

/** An HTML element. */
export function h(tag: string, props: Props = {}, ...children: readonly Child[]): HTMLElement {
  const element = document.createElement(tag);
  equip(element, props, children);
  return element;
}

/** An SVG element. */
export function svg(tag: string, props: Props = {}, ...children: readonly Child[]): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag) as SVGElement;
  equip(element, props, children);
  return element;
}

/** Stand-ins for parts of the page that are as they were, with how to build them should they be gone. */
const unchanged = new WeakMap<Node, () => HTMLElement>();

/** Builds the parts of a page that are costly only when one of their inputs is another value. */
export class Memo {
  private readonly last = new Map<string, readonly unknown[]>();

  /** The part, or a stand-in that leaves it alone. `build` gives an element of that tag with that key. */
  part(tag: string, key: string, inputs: readonly unknown[], build: () => HTMLElement): HTMLElement {
    const before = this.last.get(key);
    this.last.set(key, inputs);
    if (!before || before.length !== inputs.length || inputs.some((input, index) => input !== before[index]))
      return build();
    const standIn = h(tag, { key });
    unchanged.set(standIn, build);
    return standIn;
  }
}

function identity(node: Node): string {
  return node instanceof Element
    ? `${node.nodeName}#${node.getAttribute('data-key') ?? ''}#${node.getAttribute('data-island') ?? ''}`
    : node.nodeName;
}

function patchAttributes(from: Element, to: Element): void {
  const before = owned.get(from) ?? new Set<string>();
  const after = owned.get(to) ?? new Set<string>();
  for (const name of before) if (!after.has(name)) from.removeAttribute(name);
  for (const name of after) {
    const value = to.getAttribute(name)!;
    if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
  owned.set(from, after);
  const [fromStyle, toStyle] = [(from as HTMLElement).style, (to as HTMLElement).style];
  if (!from.hasAttribute('data-island') && fromStyle.cssText !== toStyle.cssText && !from.nodeName.includes('-'))
    fromStyle.cssText = toStyle.cssText;
}

function patchNode(from: Node, to: Node): void {
  if (unchanged.has(to)) return;
  if (!(from instanceof Element && to instanceof Element)) {
    if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
    return;
  }
  patchAttributes(from, to);
  if (!from.hasAttribute('data-island')) patchChildren(from, Array.from(to.childNodes));
}

/** Makes the children of `parent` like `wanted`, reusing what has the same tag and key. */
export function patchChildren(parent: Element, wanted: readonly Node[]): void {
  const keyed = new Map<string, Node>();
  for (const child of Array.from(parent.childNodes))
    if (child instanceof Element && child.hasAttribute('data-key')) keyed.set(identity(child), child);
  let cursor: ChildNode | null = parent.firstChild;
  for (const next of wanted) {
    const id = identity(next);
    const known = keyed.get(id);
    if (known && known !== cursor) parent.insertBefore(known, cursor);
    const match: Node | null = known ?? (cursor && identity(cursor) === id ? cursor : null);
    if (match) {
      patchNode(match, next);
      if (match === cursor) cursor = cursor.nextSibling;
    } else {
      parent.insertBefore(unchanged.get(next)?.() ?? next, cursor);
    }
  }
  while (cursor) {
    const rest: ChildNode | null = cursor.nextSibling;
    cursor.remove();
    cursor = rest;
  }
}
