/** Polls: make one, watch the classes' answers come in, stop. */
import { make } from "./element";
import { icon } from "./icon";
import { newUuid } from "./identity";
import type { Poll, Session } from "./lesson";
import type { Command, Parts, RoomRow, StudioSnapshot, Tally } from "./studio-shapes";
import { t } from "./text";

const MOST = 6;
const LEAST = 2;
const LONGEST = 40;
const SVG = "http://www.w3.org/2000/svg";
const LETTERS = ["A", "B", "C", "D", "E", "F"];

/** A bar of `share` (0 to 1); its number stands beside it. */
function bar(share: number): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({ class: "bar", viewBox: "0 0 100 16", preserveAspectRatio: "none", "aria-hidden": "true" })) svg.setAttribute(name, value);
  const rect = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries({ class: "on", width: (share * 100).toFixed(1), height: "16" })) rect.setAttribute(name, value);
  svg.append(rect);
  return svg;
}

export class PollView {
  private poll: Poll | null;
  private open = false;
  private tally: Tally | null;
  private rows: readonly RoomRow[] = [];
  private drawn = "";
  private asked = "";
  private key = "";

  constructor(
    private readonly parts: Parts,
    snapshot: StudioSnapshot,
    private readonly command: Command,
    signal: AbortSignal,
  ) {
    this.poll = this.tally = null;
    this.last(snapshot.tally);
    parts.press("stop", () => this.command("close-poll"), signal);
    parts.press("more", () => this.addOption("").focus(), signal);
    parts.press("pollcancel", () => this.dialog.close(), signal);
    parts.get("ask").addEventListener("click", (event) => this.pressed(event), { signal });
    parts.get("pollform").addEventListener("submit", (event) => void this.submit(event), { signal });
  }

  /** The last poll as a snapshot tells it. */
  last(tally: StudioSnapshot["tally"]): void {
    if (!tally) return;
    this.poll = tally;
    this.tally = tally;
  }

  counted(tally: Tally): void {
    this.tally = tally;
    this.paint();
  }

  draw(session: Session, rows: readonly RoomRow[]): void {
    this.rows = rows;
    this.open = Boolean(session.poll);
    if (session.poll) this.poll = session.poll;
    this.paint();
  }

  private get dialog(): HTMLDialogElement {
    return this.parts.get<HTMLDialogElement>("polldialog");
  }

  private paint(): void {
    const counts = this.tally && this.poll && this.tally.id === this.poll.id ? this.tally : null;
    const missing = this.rows.filter((row) => row.joined && !row.answered).map((row) => row.name);
    const key = JSON.stringify([this.poll, counts, this.open, missing, this.rows.length]);
    if (key === this.drawn) return;
    this.drawn = key;
    const held = document.activeElement === this.parts.get("stop");
    this.parts.show("stop", this.open);
    if (held && !this.open) this.parts.get("ask").querySelector<HTMLElement>("[data-ask]")?.focus();
    this.parts.say("answered", this.poll ? t("Answered {n} / {all} classes", { n: counts?.classes ?? 0, all: this.rows.length }) : "");
    this.parts.get("tally").replaceChildren(...this.result(counts, missing));
  }

  private result(counts: Tally | null, missing: readonly string[]): HTMLElement[] {
    const poll = this.poll;
    if (!poll) return [make("p", { class: "small sub" }, t("Ask all classes a question. Each answers with its counts."))];
    const sums = poll.options.map((_, index) => counts?.counts[index] ?? 0);
    const all = sums.reduce((sum, one) => sum + one, 0);
    const rows = poll.options.map((option, index) => {
      const count = sums[index] ?? 0;
      const name = make("span", { class: "ell", title: option }, option === LETTERS[index] ? option : `${LETTERS[index]} ${option}`);
      return make("div", { class: "opt" }, name, bar(all ? count / all : 0), make("span", { class: "r nw" }, t("{n} pupils", { n: count })));
    });
    const said = [t("{n} pupils answered", { n: all })];
    if (this.open && missing.length > 0) said.push(t("Missing: {names}", { names: missing.slice(0, 4).join(t(", ")) + (missing.length > 4 ? "…" : "") }));
    if (!this.open) said.push(t("Closed"));
    return [make("p", { class: "small b" }, poll.question), ...rows, make("p", { class: "xs sub" }, said.join(" · "))];
  }

  private pressed(event: Event): void {
    const kind = (event.target as Element).closest<HTMLElement>("[data-ask]")?.dataset["ask"];
    if (!kind) return;
    const templates: Record<string, string[]> = { true: [t("True"), t("False")], abc: ["A", "B", "C"] };
    const options = templates[kind] ?? ["", ""];
    this.parts.get("options").replaceChildren();
    options.forEach((option) => this.addOption(option));
    this.parts.get<HTMLInputElement>("question").value = kind === "choice" ? "" : t("What the teacher just asked");
    this.parts.say("pollerror", "");
    this.asked = "";
    this.dialog.showModal();
    this.parts.get<HTMLInputElement>("question").select();
  }

  private addOption(value: string): HTMLInputElement {
    const input = make("input", { type: "text", maxlength: String(LONGEST), required: "", name: "option" });
    input.value = value;
    const remove = make("button", { type: "button", class: "iconbtn" }, icon("x"));
    const row = make("div", { class: "row" }, input, remove);
    remove.addEventListener("click", () => {
      row.remove();
      this.number();
      this.parts.get("more").focus();
    });
    this.parts.get("options").append(row);
    this.number();
    return input;
  }

  private number(): void {
    const rows = [...this.parts.get("options").children];
    rows.forEach((row, index) => {
      row.querySelector("input")?.setAttribute("aria-label", t("Answer {n}", { n: index + 1 }));
      const remove = row.querySelector("button");
      if (!remove) return;
      remove.setAttribute("aria-label", t("Remove answer {n}", { n: index + 1 }));
      remove.disabled = rows.length <= LEAST;
    });
    this.parts.get<HTMLButtonElement>("more").disabled = rows.length >= MOST;
  }

  private async submit(event: Event): Promise<void> {
    event.preventDefault();
    const options = [...this.parts.get("options").querySelectorAll("input")].map((input) => input.value.trim());
    const question = this.parts.get<HTMLInputElement>("question").value.trim();
    if (new Set(options).size !== options.length) return this.parts.say("pollerror", t("Two answers are the same. Change one."));
    const body = { question, options };
    // Sent again from the same dialog it is the same poll, which opens once.
    if (this.asked !== JSON.stringify(body)) {
      this.asked = JSON.stringify(body);
      this.key = newUuid();
    }
    if (await this.command("open-poll", body, this.key)) this.dialog.close();
  }
}
