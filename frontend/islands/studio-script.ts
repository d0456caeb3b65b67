/** The script: done, now, next; the one primary button goes to the next step. */
import { make } from "./element";
import { icon } from "./icon";
import { type Session, type Step, stepEnds, stepsNow } from "./lesson";
import type { Command, Parts, StudioSnapshot } from "./studio-shapes";
import { t } from "./text";
import { countdown } from "./time";

function bellText(seconds: number): string {
  const wall = new Date(seconds * 1000);
  return `${wall.getHours()}:${String(wall.getMinutes()).padStart(2, "0")}`;
}

export class ScriptView {
  private ticking: AbortController | null = null;
  private drawnFor = "";
  private next: Step | undefined;

  constructor(
    private readonly parts: Parts,
    private readonly snapshot: StudioSnapshot,
    private readonly command: Command,
    signal: AbortSignal,
  ) {
    const any = snapshot.steps.length > 0;
    parts.show("noscript", !any);
    parts.show("script", any);
    parts.show("nextbox", any);
    parts.press("next", () => this.next && this.go(this.next.id), signal);
    signal.addEventListener("abort", () => this.ticking?.abort());
  }

  draw(session: Session): void {
    const key = `${session.step} ${session.step_started_at}`;
    if (this.snapshot.steps.length === 0 || key === this.drawnFor) return;
    this.drawnFor = key;
    const { now, next } = stepsNow(this.snapshot, session);
    this.next = next;
    const at = now ? this.snapshot.steps.indexOf(now) : -1;
    this.list(at);
    this.parts.say("stepcount", t("Step {n} of {all}", { n: at + 1, all: this.snapshot.steps.length }));
    const button = this.parts.get("next");
    button.hidden = !next;
    if (next) button.replaceChildren(make("span", { class: "txt" }, t("Next step: {title}", { title: next.title })), icon("arrow-right"));
    this.count(stepEnds(session, now));
  }

  private async go(step: string): Promise<void> {
    const button = this.parts.get<HTMLButtonElement>("next");
    button.disabled = true;
    await this.command("step", { step });
    button.disabled = false;
  }

  private list(at: number): void {
    let begins = this.snapshot.starts_at;
    const rows = this.snapshot.steps.map((step, index) => {
      const row = this.row(step, index, at, begins);
      begins += step.minutes * 60;
      return row;
    });
    this.parts.get("script").replaceChildren(...rows);
    const list = this.parts.get("script");
    const current = rows[at];
    if (current) list.scrollTop = Math.max(0, current.offsetTop - list.offsetTop - 80);
  }

  private row(step: Step, index: number, at: number, begins: number): HTMLLIElement {
    const state = index < at ? "done" : index === at ? "now" : "";
    const sign = state === "done" ? icon("check") : step.lead === "local" ? icon("users") : icon("speakerphone");
    const hint = step.lead === "local" ? t("Local teachers lead") : step.cue;
    const jump = make("button", { type: "button", class: "jump" }, index === at ? make("b", {}, step.title) : step.title);
    jump.addEventListener("click", () => void this.go(step.id));
    jump.disabled = index === at;
    const text = make("span", {}, jump);
    if (hint) text.append(make("small", {}, hint));
    if (state === "done") text.append(make("span", { class: "sr" }, t("done")));
    const row = make("li", { class: state }, make("time", {}, bellText(begins)), sign, text, make("span", { class: "xs nw" }, t("{n} min", { n: step.minutes })));
    if (index === at) row.setAttribute("aria-current", "step");
    return row;
  }

  private count(ends: number | null): void {
    this.ticking?.abort();
    this.ticking = new AbortController();
    this.parts.say("leftword", ends === null ? "" : t("Left in this step"));
    const clock = this.parts.get("left");
    if (ends === null) clock.textContent = "";
    else countdown(clock, ends, this.ticking.signal, () => this.parts.say("leftword", t("The time of this step is over")));
  }
}
