/** The first tab: what is now, what comes next and who leads it, the tasks, the hand, the marker. */
import { make } from "./element";
import { icon } from "./icon";
import { type Session, type Step, stepEnds, stepsNow } from "./lesson";
import { type Desk, keptWords } from "./phone-desk";
import { keptState } from "./phone-queue";
import { t } from "./text";
import { clockText, countdown, serverNow, wallClock } from "./time";

export class InLesson {
  private ticking: AbortController | null = null;
  private tickingFor = "";

  constructor(private readonly desk: Desk) {
    desk.on("hand", "click", () => desk.add("hand", { raised: !this.handUp }));
    desk.on("done", "click", () => this.markDone());
    this.render();
  }

  render(): void {
    const { session, snapshot } = this.desk;
    const { now, next } = stepsNow(snapshot, session);
    const live = Boolean(session.started_at) && !session.ended_at;
    this.tick();
    this.desk.say("nowcue", live ? (now?.cue ?? "") : "");
    this.desk.show("cue", live && Boolean(next));
    this.desk.say("lead", next?.lead === "local" ? t("You lead the next step") : t("Next step"));
    this.desk.say("next", next?.title ?? "");
    this.countTo(stepEnds(session, now), now);
    this.tasks(live ? now : undefined, next);
    this.done(live ? now : undefined);
    this.hand(live);
  }

  /** Each second: the wait before the start, and the time that is left. */
  tick(): void {
    this.desk.say("now", nowWords(this.desk.session, this.desk.snapshot.reception, stepsNow(this.desk.snapshot, this.desk.session).now, this.desk.snapshot.starts_at));
    const left = Math.max(0, Math.ceil((this.desk.snapshot.ends_at - serverNow() / 1000) / 60));
    const clock = wallClock(serverNow() / 1000);
    this.desk.say("clock", t("{clock} · {left} min left", { clock, left }));
  }

  private get handUp(): boolean {
    const own = this.desk.latest("hand");
    return own && keptState(own) === "kept" ? Boolean(own.payload["raised"]) : this.desk.room.hand;
  }

  private hand(live: boolean): void {
    const button = this.desk.part<HTMLButtonElement>("hand");
    button.disabled = !live;
    button.setAttribute("aria-pressed", String(this.handUp));
    const words = button.querySelector("span");
    if (words) words.textContent = this.handUp ? t("Take hand down") : t("Raise hand for the class");
  }

  private tasks(now: Step | undefined, next: Step | undefined): void {
    const shown = now?.tasks.length ? now : next?.tasks.length ? next : undefined;
    this.desk.show("todo", Boolean(shown));
    this.desk.say("todoword", shown === now ? t("Do this now") : t("Then do this"));
    this.desk.part("tasks").replaceChildren(...(shown?.tasks ?? []).map((task) => make("li", {}, task)));
  }

  private done(now: Step | undefined): void {
    const button = this.desk.part<HTMLButtonElement>("done");
    const marked = now && this.desk.latest("marker", (entry) => entry.payload["step"] === now.id);
    const done = Boolean(marked) || Boolean(now && this.desk.room.steps_done.includes(now.id));
    button.hidden = !now;
    button.disabled = done;
    const words = done ? `${t("Done")}: ${now?.title ?? ""}${marked ? ` · ${keptWords(marked)}` : ""}` : t("Done: {title}", { title: now?.title ?? "" });
    if (button.dataset["words"] === words) return;
    button.dataset["words"] = words;
    button.replaceChildren(icon("check"), words);
  }

  private markDone(): void {
    const { now } = stepsNow(this.desk.snapshot, this.desk.session);
    if (now) this.desk.add("marker", { step: now.id });
  }

  private countTo(endsAt: number | null, now: Step | undefined): void {
    const key = `${now?.id}${endsAt}`;
    if (key === this.tickingFor) return;
    this.tickingFor = key;
    this.ticking?.abort();
    this.desk.say("countdown", "");
    if (endsAt === null) return;
    this.ticking = new AbortController();
    countdown(this.desk.part("countdown"), endsAt, this.ticking.signal);
  }
}

function nowWords(session: Session, reception: string, now: Step | undefined, startsAt: number): string {
  if (session.state === "cancelled") return t("This lesson is cancelled");
  if (session.ended_at || session.state === "ended") return t("This lesson has ended");
  if (!session.started_at) {
    const late = serverNow() / 1000 - startsAt;
    return late < 0
      ? t("The lesson begins in {time}", { time: clockText(-late) })
      : t("Waited {time} for the anchor teacher.", { time: clockText(late) });
  }
  if (session.stage) return session.stage.reception === reception ? t("Our class is on stage") : t("Now: {name} is on stage", { name: session.stage.name });
  return now ? t("Now: {title}", { title: now.title }) : t("The lesson is live");
}
