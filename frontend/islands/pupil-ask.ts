/** What a pupil is asked for after touching the own name: digits, pictures, a card, or the class code. */
import { icon } from "./icon";
import { make } from "./element";
import { canScan, scan } from "./pupil-camera";
import type { PackPupil } from "./pupil-pack";
import { drawing, word } from "./pupil-pictures";
import type { Means } from "./pupil-proof";
import { t } from "./text";

export interface AskConfig {
  readonly pictures: readonly string[];
  readonly pinDigits: number;
  readonly codeDigits: number;
  readonly cardGroups: number;
}

export interface Asked {
  /** Undefined where a card alone shall say who it is. */
  readonly pupil: PackPupil | undefined;
  readonly linked: boolean;
  readonly give: (means: Means, secret: string) => void;
  readonly back: () => void;
}

const GROUP = 4;
const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"];

export class Ask {
  private stop = new AbortController();
  private problem: HTMLElement | undefined;
  private again: () => void = () => undefined;

  constructor(
    private readonly root: HTMLElement,
    private readonly config: AskConfig,
  ) {}

  open(asked: Asked, chosen?: Means): void {
    this.close();
    const ways = this.ways(asked);
    const means = chosen ?? ways[0]?.[0] ?? "class_code";
    this.problem = make("p", { class: "problem", role: "alert" });
    const tabs = make("div", { class: "ways" });
    for (const [way, words] of ways) {
      const button = make("button", { type: "button", class: "btn", "aria-pressed": String(way === means) }, words);
      button.addEventListener("click", () => this.open(asked, way));
      tabs.append(button);
    }
    const back = make("button", { type: "button", class: "btn", "data-part": "back" }, icon("arrow-left"), t("Back to the names"));
    back.addEventListener("click", asked.back);
    this.root.replaceChildren(back, ...(ways.length > 1 ? [tabs] : []), this.body(asked, means), this.problem);
    this.root.hidden = false;
    this.root.querySelector<HTMLElement>("[data-first]")?.focus();
  }

  close(): void {
    this.stop.abort();
    this.stop = new AbortController();
    this.root.hidden = true;
    this.root.replaceChildren();
  }

  /** The sentence after a wrong try; the pad is empty again. */
  say(sentence: string): void {
    if (this.problem) this.problem.textContent = sentence;
    this.again();
  }

  private ways({ pupil, linked }: Asked): [Means, string][] {
    const all: [Means, string, boolean][] = [
      ["pin", t("Digits"), Boolean(pupil?.pin)],
      ["pictures", t("Pictures"), Boolean(pupil?.pictures)],
      ["card", t("Card"), pupil === undefined || Boolean(pupil.card)],
      ["class_code", t("Class code"), pupil !== undefined && linked],
    ];
    return all.filter(([, , offered]) => offered).map(([means, words]) => [means, words]);
  }

  private body(asked: Asked, means: Means): HTMLElement {
    if (means === "pin") return this.pad(t("Your {n} digits", { n: this.config.pinDigits }), this.config.pinDigits, (pin) => asked.give(means, pin));
    if (means === "class_code") return this.pad(t("The class code from your teacher"), this.config.codeDigits, (code) => asked.give(means, code));
    if (means === "pictures") return this.grid((pair) => asked.give(means, pair));
    return this.card((code) => asked.give(means, code));
  }

  /** Keys of the keyboard count like those of the pad. */
  private pad(title: string, length: number, done: (digits: string) => void): HTMLElement {
    let typed = "";
    const dots = make("p", { class: "dots-typed", "aria-live": "off" });
    const show = (): void => {
      dots.textContent = "●".repeat(typed.length) + "○".repeat(length - typed.length);
    };
    const type = (digit: string): void => {
      if (typed.length >= length) return;
      typed += digit;
      show();
      if (typed.length === length) done(typed);
    };
    const erase = (): void => {
      typed = typed.slice(0, -1);
      show();
    };
    this.again = (): void => {
      typed = "";
      show();
    };
    const keys = DIGITS.map((digit, index) => {
      const key = make("button", { type: "button", class: "key", ...(index === 0 ? { "data-first": "" } : {}) }, digit);
      key.addEventListener("click", () => type(digit));
      return key;
    });
    const wipe = make("button", { type: "button", class: "key", "aria-label": t("Erase") }, icon("backspace"));
    wipe.addEventListener("click", erase);
    const onKey = (event: KeyboardEvent): void => {
      if (/^[0-9]$/.test(event.key)) type(event.key);
      if (event.key === "Backspace") erase();
    };
    window.addEventListener("keydown", onKey, { signal: this.stop.signal });
    show();
    return make("div", { class: "pad-of" }, make("h2", {}, title), dots, make("div", { class: "pad" }, ...keys, wipe));
  }

  private grid(done: (pair: string) => void): HTMLElement {
    let chosen: string[] = [];
    const buttons = this.config.pictures.map((name, index) => {
      const button = make("button", { type: "button", class: "pic", "aria-label": word(name), "aria-pressed": "false", "data-picture": name, ...(index === 0 ? { "data-first": "" } : {}) }, drawing(name));
      button.addEventListener("click", () => {
        if (chosen.includes(name) || chosen.length === 2) return;
        chosen.push(name);
        button.setAttribute("aria-pressed", "true");
        if (chosen.length === 2) done(chosen.join("-"));
      });
      return button;
    });
    this.again = (): void => {
      chosen = [];
      for (const button of buttons) button.setAttribute("aria-pressed", "false");
    };
    return make("div", { class: "pad-of" }, make("h2", {}, t("Your two pictures, first one first")), make("div", { class: "pics" }, ...buttons));
  }

  private card(done: (code: string) => void): HTMLElement {
    const box = make("div", { class: "pad-of" }, make("h2", {}, t("Show your card")));
    if (canScan()) {
      const video = make("video", { muted: "", playsinline: "", "aria-label": t("Camera") });
      box.append(video);
      scan(video, this.stop.signal, (code) => done(tidy(code))).catch((error: unknown) => {
        console.info("camera:", error);
        video.remove();
      });
    }
    const input = make("input", { type: "text", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", maxlength: "24", id: "card-code", "data-first": "" });
    const form = make("form", { class: "typed-code" }, make("label", { for: "card-code", class: "label" }, t("Or type the code of the card")), input, make("button", { type: "submit", class: "btn primary" }, t("Sign in")));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      done(tidy(input.value));
    });
    this.again = (): void => undefined;
    box.append(form);
    return box;
  }
}

/** Small letters, full-width ones, spaces and missing dashes are forgiven. */
export function tidy(text: string): string {
  const bare = text.normalize("NFKC").toUpperCase().replace(/[^A-Z0-9]/g, "");
  return (bare.match(new RegExp(`.{1,${GROUP}}`, "g")) ?? []).join("-");
}
