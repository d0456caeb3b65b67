/** What a classroom's screen shows of a state. Texts are for pupils at 8 m; see the design's wall arithmetic. */
import { make, part } from "./element";
import { icon } from "./icon";
import { type Room, type Session, stepEnds, stepsNow, type WallSnapshot } from "./lesson";
import type { PushState } from "./push";
import type { LinkState } from "./received";
import { t } from "./text";
import { clockText, countdown, serverNow, wallClock } from "./time";
import type { StageState } from "./wall-stage";

export type Phase = "enter" | "waiting" | "live" | "ended" | "cancelled" | "closed";

const AGAIN_AFTER = 2000;

export class WallView {
  private ticking: AbortController | null = null;
  private tickingFor = "";
  private slide: string | null = null;

  constructor(private readonly root: HTMLElement) {}

  part<E extends HTMLElement = HTMLElement>(name: string): E {
    return part<E>(this.root, `[data-part="${name}"]`);
  }

  phase(phase: Phase, snapshot: WallSnapshot): void {
    this.root.dataset["phase"] = phase;
    const live = phase === "live";
    this.show("hold", !live);
    for (const name of ["scene", "caption", "bar"]) this.show(name, live);
    this.show("enter", phase === "enter");
    this.show("pair", phase === "enter" || phase === "waiting");
    const early = (phase === "enter" || phase === "waiting") && serverNow() < snapshot.starts_at * 1000;
    this.show("bell", early);
    if (early) this.part("bell").textContent = clockText(snapshot.starts_at - serverNow() / 1000);
    this.say("said", this.words(phase));
    this.say("why", this.reason(phase, snapshot));
  }

  private words(phase: Phase): string {
    if (phase === "enter") return t("Enter the lesson");
    if (phase === "waiting") return t("Waiting for the anchor teacher; the lesson has not begun");
    if (phase === "ended") return t("This lesson has ended");
    if (phase === "cancelled") return t("This lesson is cancelled");
    return t("This screen no longer belongs to this lesson");
  }

  private reason(phase: Phase, snapshot: WallSnapshot): string {
    if (phase === "closed") return t("Go back to today's page and enter the lesson of this room.");
    if (phase === "ended" || phase === "cancelled") return "";
    const late = Math.floor(serverNow() / 1000 - snapshot.starts_at);
    if (phase === "waiting" && late > 0) return t("Waited {time}. The lesson starts here by itself.", { time: clockText(late) });
    return phase === "enter" ? t("One press: full screen, sound on") : t("The lesson starts here by itself.");
  }

  session(session: Session, snapshot: WallSnapshot): void {
    this.show("recording", Boolean(session.recording && session.started_at && !session.ended_at));
    this.turnTo(session.slide ?? null, snapshot);
    this.steps(session, snapshot);
    this.poll(session);
  }

  room(room: Room): void {
    this.show("hand", room.hand);
  }

  clock(): void {
    const now = wallClock(serverNow() / 1000);
    this.say("clock", now);
  }

  link(state: LinkState, moves: boolean, push: PushState, live: boolean): void {
    const box = this.part("link");
    const [kind, name, words] = linkWords(state, moves, push, live);
    if (box.dataset["words"] === words) return;
    box.dataset["words"] = words;
    box.className = `q ${kind}`;
    box.replaceChildren(linkIcon(name), words);
    const trouble = live && !moves;
    this.show("trouble", trouble);
    this.part("trouble").replaceChildren(...(trouble ? [icon("wifi-off"), t("The picture is being fetched again. The lesson goes on.")] : []));
  }

  /** `own`: this class is on stage; `seen`: the picture of the class on stage arrives here. */
  stage(name: string | null, own: StageState, seen: boolean): void {
    const onStage = name !== null;
    this.show("onstage", onStage);
    this.part("videos").classList.toggle("one", !onStage);
    const mine = own !== "off";
    this.show("preview", mine);
    this.show("stage", !mine);
    this.say("stagename", mine ? t("Our class is on stage") : t("{name} is on stage", { name: name ?? "" }));
    const trouble = mine ? ownTrouble(own) : seen ? "" : t("This classroom follows by voice and slides");
    this.show("stagetrouble", Boolean(trouble));
    this.say("stagetrouble", trouble);
  }

  private turnTo(slide: string | null, snapshot: WallSnapshot): void {
    if (slide === this.slide) return;
    this.slide = slide;
    this.show("noslide", slide === null);
    const picture = this.part<HTMLImageElement>("slide");
    if (slide === null) return void (picture.hidden = true);
    const index = snapshot.slides.findIndex((one) => one.id === slide);
    const load = (): void => {
      if (this.slide !== slide) return;
      const next = new Image();
      next.onload = () => {
        if (this.slide !== slide) return;
        picture.src = next.src;
        picture.alt = snapshot.slides[index]?.title || t("Slide {number}", { number: index + 1 });
        picture.hidden = false;
        const coming = snapshot.slides[index + 1];
        if (coming) new Image().src = `/preparation/slides/${coming.id}`;
      };
      next.onerror = () => window.setTimeout(load, AGAIN_AFTER);
      next.src = `/preparation/slides/${slide}`;
    };
    load();
  }

  private steps(session: Session, snapshot: WallSnapshot): void {
    const { now, next } = stepsNow(snapshot, session);
    this.show("caption", Boolean(now) && this.root.dataset["phase"] === "live");
    this.say("now", now ? [now.title, now.cue].filter(Boolean).join("\u3000") : "");
    const shown = next ?? now;
    this.show("bar", Boolean(shown) && this.root.dataset["phase"] === "live");
    this.say("barword", next ? t("Next step") : t("Last step"));
    const cue = next?.cue ? [make("small", {}, next.cue)] : [];
    this.part("next").replaceChildren(shown?.title ?? "", ...cue);
    const endsAt = stepEnds(session, now);
    const key = `${session.step}${endsAt}`;
    if (key === this.tickingFor) return;
    this.tickingFor = key;
    this.ticking?.abort();
    this.say("countdown", "");
    if (endsAt === null || !now) return;
    this.ticking = new AbortController();
    countdown(this.part("countdown"), endsAt, this.ticking.signal);
  }

  private poll(session: Session): void {
    this.show("poll", Boolean(session.poll));
    this.say("question", session.poll?.question ?? "");
    const options = (session.poll?.options ?? []).map((option, index) => make("li", {}, make("b", {}, "ABCDEF"[index] ?? ""), ` ${option}`));
    this.part("options").replaceChildren(...options);
  }

  show(name: string, shown: boolean): void {
    this.part(name).hidden = !shown;
  }

  private say(name: string, text: string): void {
    const box = this.part(name);
    if (box.textContent !== text) box.textContent = text;
  }
}

function linkWords(state: LinkState, moves: boolean, push: PushState, live: boolean): [string, number, string] {
  if (push === "lost") return moves ? ["warn", 1, t("Slides are being fetched again; picture and sound go on")] : ["bad", 0, t("The network is down; reconnecting")];
  if (!live) return ["info", 3, push === "open" ? t("Connected") : t("Connecting")];
  if (!moves) return ["warn", 0, t("Fetching the picture")];
  if (state.link === "hls") return ["", 2, t("Live, a few seconds later")];
  return state.quality === 3 ? ["", 3, t("Live, high definition")] : ["", 2, t("Live, smooth")];
}

function linkIcon(bars: number): SVGSVGElement {
  return [icon("lq0"), icon("lq1"), icon("lq2"), icon("lq3")][bars] ?? icon("lq0");
}

function ownTrouble(own: StageState): string {
  if (own === "asking") return t("Opening the camera");
  if (own === "heard") return t("No camera found: the others hear us. The lesson goes on.");
  return own === "unseen" ? t("No camera or microphone found. The lesson goes on.") : "";
}
