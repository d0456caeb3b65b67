/** What the studio gets from the server: see queries.py of the classroom. Times are seconds since 1970. */
import { part } from "./element";
import type { Poll, Session, Slide, Step } from "./lesson";

export interface RoomRow {
  readonly reception: string;
  readonly name: string;
  readonly class: string;
  readonly joined: boolean;
  /** Last heard of, where its link broke without a goodbye. */
  readonly gone: number | null;
  readonly link: "webrtc" | "hls" | "none";
  readonly quality: 0 | 1 | 2 | 3;
  readonly present: number | null;
  readonly enrolled: number;
  readonly hand: number | null;
  readonly answered: boolean;
  readonly staged: number;
  readonly unrecorded: boolean;
  readonly unshown: boolean;
}
export interface Tally {
  readonly id: string;
  readonly classes: number;
  readonly counts: readonly number[];
}
export interface Note {
  readonly name: string;
  readonly text: string;
  readonly at: number;
}
export interface Summary {
  readonly classes: number;
  readonly joined: number;
  readonly received: number;
  readonly calls: number;
  readonly present: number;
  readonly enrolled: number;
  readonly polls: number;
  readonly stages: number;
}
export interface StudioSnapshot {
  readonly lesson: string;
  readonly starts_at: number;
  readonly ends_at: number;
  readonly slides: readonly Slide[];
  readonly steps: readonly Step[];
  readonly session: Session;
  readonly rooms: readonly RoomRow[];
  readonly tally: (Tally & Poll & { readonly open: boolean }) | null;
  readonly notes: readonly Note[];
  readonly summary: Summary | null;
}
export interface StudioConfig {
  readonly snapshot: StudioSnapshot;
  readonly addresses: Readonly<Record<string, string>>;
  readonly opens_at: number;
}

/** Sends a command; false when it was refused, and the teacher was told why. */
/** `key`: a UUID under which the same command may be given again; each one gets its own otherwise. */
export type Command = (name: string, body?: unknown, key?: string) => Promise<boolean>;

/** The parts of the page by their name. */
export class Parts {
  constructor(readonly root: HTMLElement) {}

  get<E extends HTMLElement = HTMLElement>(name: string): E {
    return part<E>(this.root, `[data-part="${name}"]`);
  }

  show(name: string, shown: boolean): void {
    this.get(name).hidden = !shown;
  }

  /** Writes only what changed: a screen reader does not hear the same words again. */
  say(name: string, text: string): void {
    const element = this.get(name);
    if (element.textContent !== text) element.textContent = text;
  }

  press(name: string, done: () => unknown, signal: AbortSignal): void {
    this.get(name).addEventListener("click", () => void done(), { signal });
  }
}
