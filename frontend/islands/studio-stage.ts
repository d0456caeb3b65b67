/** Who is on stage, and who has been there least. */
import { make } from "./element";
import { icon } from "./icon";
import type { Session } from "./lesson";
import type { StudioMedia } from "./studio-media";
import type { Parts, RoomRow } from "./studio-shapes";
import { t } from "./text";
import { serverNow } from "./time";

interface Actions {
  call(row: RoomRow): void;
  clear(): void;
}

/** Joined classrooms that are not on stage: least often there first, then raised hands by time. */
export function fairOrder(rows: readonly RoomRow[], stage: string | null): RoomRow[] {
  const hand = (row: RoomRow): number => row.hand ?? Number.MAX_VALUE;
  return rows
    .filter((row) => row.joined && row.reception !== stage)
    .sort((a, b) => a.staged - b.staged || hand(a) - hand(b));
}

export class StageView {
  private rows: readonly RoomRow[] = [];
  private session: Session | null = null;
  private passed: string[] = [];
  private shownCall = "";

  constructor(
    private readonly parts: Parts,
    private readonly media: StudioMedia,
    actions: Actions,
    signal: AbortSignal,
  ) {
    parts.press("clear", () => actions.clear(), signal);
    parts.press("sound", () => media.unblock(), signal);
    parts.press("other", () => this.another(), signal);
    parts.press("call", () => {
      const row = this.suggested();
      if (row) actions.call(row);
    }, signal);
  }

  draw(session: Session, rows: readonly RoomRow[]): void {
    if (session.stage?.reception !== this.session?.stage?.reception) this.passed = [];
    this.session = session;
    this.rows = rows;
    const stage = session.stage ?? null;
    const held = this.parts.get("stage").contains(document.activeElement);
    this.parts.show("stage", stage !== null);
    this.parts.show("nostage", stage === null);
    this.parts.say("stagename", stage?.name ?? "");
    const row = rows.find((one) => one.reception === stage?.reception);
    this.parts.say("stagefacts", row ? `${row.class} · ${t("{n} pupils", { n: row.present ?? row.enrolled })}` : "");
    this.warn(row);
    this.suggest();
    this.tick();
    // The button that let the class down is gone: the keyboard goes on at the next suggestion, or at the wall.
    if (held && stage === null) (this.suggested() ? this.parts.get("call") : this.parts.get("wall").querySelector("button"))?.focus();
  }

  tick(): void {
    const since = this.session?.stage?.since ?? null;
    const seconds = since === null ? 0 : Math.max(0, Math.floor(serverNow() / 1000 - since));
    this.parts.say("since", since === null ? "" : t("{minutes} min {seconds} s", { minutes: Math.floor(seconds / 60), seconds: seconds % 60 }));
    this.parts.show("stagewait", !this.media.stageSeen);
    this.parts.show("sound", this.media.blocked);
  }

  /** A class is never named for a child: only that somebody's consent is missing. */
  private warn(row: RoomRow | undefined): void {
    this.parts.show("stagewarn", row !== undefined && (row.unrecorded || row.unshown));
    if (!row) return;
    const words = row.unshown
      ? t("Not all guardians agreed to pictures: ask the class to turn its camera aside. It is not in the recording.")
      : t("Not all guardians agreed to be recorded: this class is not in the recording.");
    this.parts.say("stagewarning", words);
  }

  private suggested(): RoomRow | undefined {
    const order = fairOrder(this.rows, this.session?.stage?.reception ?? null);
    return order.find((row) => !this.passed.includes(row.reception)) ?? order[0];
  }

  private another(): void {
    const row = this.suggested();
    if (row) this.passed.push(row.reception);
    const order = fairOrder(this.rows, this.session?.stage?.reception ?? null);
    if (order.every((one) => this.passed.includes(one.reception))) this.passed = row ? [row.reception] : [];
    this.suggest();
  }

  private suggest(): void {
    const row = this.suggested();
    this.parts.show("suggest", row !== undefined);
    if (!row) return;
    this.parts.say("suggestname", t("Suggested next: {name}", { name: row.name }));
    this.parts.say("suggestwhy", t("On stage {n} times in this lesson", { n: row.staged }));
    if (this.shownCall === row.name) return;
    this.shownCall = row.name;
    this.parts.get("call").replaceChildren(icon("hand-finger"), make("span", { class: "txt" }, t("Call {name} on stage", { name: row.name })));
  }
}
