/** The studio's head: lesson time, links in words, recording. And what is left when the lesson is over. */
import { make } from "./element";
import { icon } from "./icon";
import type { Session } from "./lesson";
import type { PushState } from "./push";
import type { StudioMedia } from "./studio-media";
import type { Parts, StudioSnapshot, Summary } from "./studio-shapes";
import { t } from "./text";
import { clockText, serverNow } from "./time";

const LATE_FROM = 60;

export class TopView {
  private linkDrawn = "";
  private recordDrawn = "";

  constructor(
    private readonly parts: Parts,
    private readonly snapshot: StudioSnapshot,
  ) {}

  clock(session: Session): void {
    const { starts_at, ends_at } = this.snapshot;
    const running = Boolean(session.started_at && !session.ended_at);
    const elapsed = Math.max(0, Math.floor(serverNow() / 1000 - starts_at));
    const bell = new Date(starts_at * 1000);
    const facts = [clockText(ends_at - starts_at), t("bell {time}", { time: `${bell.getHours()}:${String(bell.getMinutes()).padStart(2, "0")}` })];
    const late = Math.floor((session.started_at ?? 0) - starts_at);
    if (session.started_at && late >= LATE_FROM) facts.push(t("started {n} min late", { n: Math.floor(late / 60) }));
    const over = elapsed - (ends_at - starts_at);
    if (running && over > 0) facts.push(t("{time} over time", { time: clockText(over) }));
    this.parts.say("clock", running ? clockText(elapsed) : "");
    this.parts.say("clockof", (running ? "/ " : "") + facts.join(" · "));
  }

  /** Trouble speaks, the normal state is quiet. */
  link(push: PushState, media: StudioMedia, wants: boolean): void {
    const [kind, text] = this.state(push, media, wants);
    if (this.linkDrawn === kind + text) return;
    this.linkDrawn = kind + text;
    const box = this.parts.get("link");
    box.classList.toggle("t-warn", kind === "warn");
    box.classList.toggle("t-bad", kind === "bad");
    box.replaceChildren(kind === "ok" ? icon("check") : kind === "wait" ? icon("refresh") : icon("alert-triangle"), text);
  }

  private state(push: PushState, media: StudioMedia, wants: boolean): [string, string] {
    if (push === "refused") return ["bad", t("No right to this lesson any more")];
    if (push === "lost") return ["warn", t("Link lost, reconnecting. The lesson goes on.")];
    if (push === "connecting") return ["wait", t("Connecting")];
    if (!wants) return ["ok", t("Connected")];
    if (media.state === "off") return ["warn", t("No camera, no microphone")];
    if (media.state === "replaced") return ["bad", t("The studio runs elsewhere")];
    if (media.state === "rejoining") return ["warn", t("Picture interrupted, sending again")];
    if (media.state === "live") return ["ok", t("On the air")];
    return media.state === "ended" ? ["bad", t("The picture is not taken. Reload the page.")] : ["wait", t("Sending picture")];
  }

  record(session: Session): void {
    const on = session.recording ?? true;
    const running = Boolean(session.started_at);
    const key = `${on} ${running}`;
    this.parts.show("record", session.version > 0 && !session.ended_at);
    if (key === this.recordDrawn) return;
    this.recordDrawn = key;
    const button = this.parts.get("record");
    const word = on ? (running ? t("Recording") : t("Will be recorded")) : t("Not recorded");
    button.setAttribute("aria-pressed", String(on));
    button.title = on ? t("Press to stop recording") : t("Press to record");
    button.replaceChildren(on ? icon("player-record") : icon("circle-off"), word);
  }
}

/** The last view: ended, cancelled, or over before it was opened. */
export function drawOver(parts: Parts, title: string, said: string, session: Session, summary: Summary | null): void {
  parts.say("overtitle", title);
  parts.say("oversaid", said);
  parts.show("figures", summary !== null);
  if (!summary) return;
  const minutes = session.started_at && session.ended_at ? Math.round((session.ended_at - session.started_at) / 60) : 0;
  const figure = (name: string, value: string, note: string): HTMLElement =>
    make("div", { class: "fig" }, make("dt", {}, name), make("dd", {}, value, make("div", { class: "nd" }, note)));
  parts.get("figures").replaceChildren(
    figure(t("Taught"), t("{n} min", { n: minutes }), session.started_at ? "" : t("was not started")),
    figure(t("Classrooms joined"), `${summary.joined} / ${summary.classes}`, t("{n} received picture", { n: summary.received })),
    figure(t("Pupils present"), `${summary.present} / ${summary.enrolled}`, t("{n} of {all} roll calls", { n: summary.calls, all: summary.classes })),
    figure(t("Polls"), String(summary.polls), ""),
    figure(t("Called on stage"), String(summary.stages), ""),
  );
}
