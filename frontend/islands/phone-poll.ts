/** Answers of the class as counts: hands are counted, nobody signs in. */
import { make } from "./element";
import { icon } from "./icon";
import type { Poll } from "./lesson";
import { type Desk, keptWords } from "./phone-desk";
import { t } from "./text";

export class PollCounts {
  private shown: Poll | null = null;
  private counts: number[] = [];
  private outputs: HTMLOutputElement[] = [];

  constructor(private readonly desk: Desk) {
    desk.on("pollsubmit", "click", () => this.submit());
    this.render();
  }

  render(): void {
    const poll = this.desk.session.poll ?? null;
    if (poll && poll.id !== this.shown?.id) this.open(poll);
    const kept = this.shown && this.latest();
    // A question closed meanwhile stays while what was counted is not handed over yet.
    const shown = Boolean(poll) || Boolean(kept && kept.answer === undefined);
    this.desk.show("nopoll", !shown);
    this.desk.show("pollbox", shown);
    this.desk.say("pollline", this.line(poll));
    if (!this.shown) return;
    const sum = this.counts.reduce((total, count) => total + count, 0);
    this.desk.say("pollhint", t("Let the pupils raise hands, count, then enter. {present} present.", { present: this.present }));
    this.outputs.forEach((output, index) => (output.value = String(this.counts[index] ?? 0)));
    this.sum(sum);
    this.desk.say("pollstate", keptWords(this.latest()));
  }

  private get present(): number {
    return this.desk.rollCall()?.present.length ?? this.desk.room.roll_call?.present ?? this.desk.snapshot.pupils.length;
  }

  private latest(): ReturnType<Desk["latest"]> {
    return this.desk.latest("poll", (entry) => entry.payload["poll"] === this.shown?.id);
  }

  private line(poll: Poll | null): string {
    if (!poll) return t("No question is open");
    return this.latest() || this.desk.room.counts ? t("Question open, answers entered") : t("Question open, answers not entered");
  }

  private sum(sum: number): void {
    const box = this.desk.part("pollsum");
    const left = this.present - sum;
    box.className = left === 0 ? "note ok" : left > 0 ? "note" : "note bad";
    const words = box.querySelector("span");
    const text =
      left === 0
        ? t("{sum} entered: everybody present", { sum })
        : left > 0
          ? t("{sum} entered, {left} fewer than present. Who raised no hand counts as no answer.", { sum, left })
          : t("{sum} entered, {over} more than present. Correct the counts.", { sum, over: -left });
    if (words && words.textContent !== text) words.textContent = text;
    this.desk.part<HTMLButtonElement>("pollsubmit").disabled = left < 0;
  }

  private open(poll: Poll): void {
    this.shown = poll;
    const kept = this.latest()?.payload["counts"] as number[] | undefined;
    this.counts = poll.options.map((_, index) => kept?.[index] ?? this.desk.room.counts?.[index] ?? 0);
    this.outputs = [];
    this.desk.say("question", poll.question);
    this.desk.part("counts").replaceChildren(...poll.options.map((option, index) => this.row(option, index)));
  }

  private row(option: string, index: number): HTMLElement {
    const letter = "ABCDEF"[index] ?? "";
    const output = make("output", { "aria-label": t("{letter}: count", { letter }) });
    this.outputs.push(output);
    const step = (by: number, label: string, sign: SVGSVGElement): HTMLButtonElement => {
      const button = make("button", { type: "button", "aria-label": label }, sign);
      button.addEventListener("click", () => {
        this.counts[index] = Math.max(0, (this.counts[index] ?? 0) + by);
        this.render();
      });
      return button;
    };
    const less = step(-1, t("{letter}: one less", { letter }), icon("minus"));
    const more = step(1, t("{letter}: one more", { letter }), icon("plus"));
    return make("div", { class: "cnt" }, make("span", {}, make("b", {}, letter), `\u3000${option}`), less, output, more);
  }

  private submit(): void {
    if (this.shown) this.desk.add("poll", { poll: this.shown.id, counts: [...this.counts] });
  }
}
