/** Help, a word to the anchor teacher, a note for the class, and "not delivered" where the lesson did not come. */
import { make, part } from "./element";
import { type Desk, keptWords } from "./phone-desk";
import { keptState } from "./phone-queue";
import { t } from "./text";
import { clockText, serverNow } from "./time";

/** Minutes are given to the anchor teacher; the server holds the same rule. */
const WAITS_FOR = 300;

export class HelpDesk {
  constructor(private readonly desk: Desk) {
    for (const button of desk.root.querySelectorAll<HTMLElement>("[data-part] [data-help], .help [data-help]")) {
      button.addEventListener("click", () => desk.add("help", { kind: button.dataset["help"] ?? "" }), { signal: desk.signal });
    }
    desk.on("noteform", "submit", () => this.note("note", "class"));
    desk.on("wordform", "submit", () => this.note("word", "anchor"));
    desk.on("missedform", "submit", () => this.missed());
    desk.part("reasons").replaceChildren(...reasons().map(([value, words], index) => reasonRow(value, words, index === 0)));
    this.render();
  }

  render(): void {
    const help = this.desk.latest("help");
    this.desk.say("helpstate", help ? `${helpWords(String(help.payload["kind"]))}: ${keptWords(help)}` : "");
    this.desk.say("notestate", keptWords(this.desk.latest("note", (entry) => entry.payload["to"] === "class")));
    this.desk.say("wordstate", keptWords(this.desk.latest("note", (entry) => entry.payload["to"] === "anchor")));
    const marked = this.desk.latest("not_delivered");
    const done = this.desk.room.not_delivered || (marked && keptState(marked) !== "refused");
    this.desk.say("missedstate", marked ? `${t("Marked as not delivered")}: ${keptWords(marked)}` : done ? t("Marked as not delivered") : "");
    this.tick();
  }

  /** Each second: the wait grows, and after five minutes the mark is offered. */
  tick(): void {
    const { starts_at } = this.desk.snapshot;
    const late = serverNow() / 1000 - starts_at;
    const marked = this.desk.latest("not_delivered");
    const done = this.desk.room.not_delivered || (marked !== undefined && keptState(marked) !== "refused");
    this.desk.show("missedform", late >= WAITS_FOR && !done);
    const started = Boolean(this.desk.session.started_at);
    this.desk.say("wait", started ? t("The anchor teacher has begun. Mark only if the class received nothing.") : t("Waited {time} for the anchor teacher.", { time: clockText(late) }));
  }

  private note(field: string, to: "class" | "anchor"): void {
    const area = part<HTMLTextAreaElement>(this.desk.root, `#${field}`);
    const text = area.value.trim();
    if (!text) return area.focus();
    this.desk.add("note", { text, to });
    area.value = "";
  }

  private missed(): void {
    const chosen = this.desk.root.querySelector<HTMLInputElement>('input[name="reason"]:checked');
    this.desk.add("not_delivered", { reason: chosen?.value ?? "other" });
  }
}

function reasons(): [string, string][] {
  return [
    ["anchor_absent", t("The anchor teacher did not come")],
    ["link_down", t("The network is down")],
    ["no_power", t("Power failure")],
    ["equipment", t("Equipment is broken")],
    ["school_event", t("Something at school")],
    ["other", t("Another reason")],
  ];
}

function reasonRow(value: string, words: string, checked: boolean): HTMLElement {
  const radio = make("input", { type: "radio", name: "reason", value, ...(checked ? { checked: "" } : {}) });
  return make("label", { class: "row gap1 tallrow" }, radio, words);
}

function helpWords(kind: string): string {
  if (kind === "no_sound") return t("No sound");
  if (kind === "no_picture") return t("No picture");
  return kind === "no_power" ? t("Power failure") : t("A pupil needs help");
}
