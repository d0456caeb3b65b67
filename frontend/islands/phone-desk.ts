/** What the parts of the local teacher's phone share: the state, the queue, the page's named parts. */
import { part } from "./element";
import type { PhoneSnapshot, RollLists, Room, Session } from "./lesson";
import { type Entry, keptState, type PhoneQueue } from "./phone-queue";
import { t } from "./text";

export class Desk {
  session: Session;
  room: Room;

  constructor(
    readonly root: HTMLElement,
    readonly snapshot: PhoneSnapshot,
    readonly queue: PhoneQueue,
    readonly signal: AbortSignal,
  ) {
    this.session = snapshot.session;
    this.room = snapshot.room;
  }

  part<E extends HTMLElement = HTMLElement>(name: string): E {
    return part<E>(this.root, `[data-part="${name}"]`);
  }

  say(name: string, text: string): void {
    const box = this.part(name);
    if (box.textContent !== text) box.textContent = text;
  }

  show(name: string, shown: boolean): void {
    this.part(name).hidden = !shown;
  }

  on(name: string, event: "click" | "submit", act: () => void): void {
    const listener = (happening: Event): void => {
      happening.preventDefault();
      act();
    };
    this.part(name).addEventListener(event, listener, { signal: this.signal });
  }

  add(kind: string, payload: Record<string, unknown>): void {
    const url = kind === "help" ? this.root.dataset["help"] : this.root.dataset["handOver"];
    this.queue.add(this.snapshot.reception, url ?? "", kind, payload);
  }

  latest(kind: string, fits?: (entry: Entry) => boolean): Entry | undefined {
    return this.queue.latest(this.snapshot.reception, kind, fits);
  }

  /** The roll call that holds: what was tapped here last, else what the server knows; null when none was called. */
  rollCall(): RollLists | null {
    const own = this.latest("roll_call", (entry) => keptState(entry) !== "refused");
    return own ? (own.payload as unknown as RollLists) : this.snapshot.roll;
  }
}

/** What became of an entry, in words. */
export function keptWords(entry: Entry | undefined): string {
  if (!entry) return "";
  const state = keptState(entry);
  if (state === "kept") return t("Kept on this phone; handed over when the link is back");
  return state === "sent" ? t("Submitted") : (entry.answer ?? "");
}
