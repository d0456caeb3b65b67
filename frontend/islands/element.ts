/** Islands: custom elements that start when they enter the page and stop everything when they leave it. */

export interface Island<Config> {
  /** Aborts when the element leaves the page: pass it to addEventListener and fetch. */
  readonly signal: AbortSignal;
  /** What the template wrote into the element's `<script type="application/json">`; `{}` where there is none. */
  readonly config: Config;
}

type Setup<Config> = (root: HTMLElement, island: Island<Config>) => void;

function readConfig<Config>(root: HTMLElement): Config {
  const block = root.querySelector('script[type="application/json"]');
  return JSON.parse(block?.textContent ?? "{}") as Config;
}

/** Defines `<name>`; `setup` runs at each entry into the page, after the element's own markup is there. */
export function defineIsland<Config = Record<string, never>>(name: string, setup: Setup<Config>): void {
  class IslandElement extends HTMLElement {
    #stop: AbortController | undefined;

    connectedCallback(): void {
      this.#stop = new AbortController();
      setup(this, { signal: this.#stop.signal, config: readConfig<Config>(this) });
    }

    disconnectedCallback(): void {
      this.#stop?.abort();
    }
  }
  customElements.define(name, IslandElement);
}

/** The element's part that the markup promises; a missing one is a fault of the template and says so. */
export function part<E extends Element = HTMLElement>(root: ParentNode, selector: string): E {
  const found = root.querySelector<E>(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return found;
}

/** Makes an element: `make("span", { class: "chip ok" }, icon("check"), t("Done"))`. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
