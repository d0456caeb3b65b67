/** The seconds of a recording that were really played. */
import { newUuid } from "./identity";

/** Whole seconds of the recording that were played, and when the last of them was (milliseconds since 1970). */
export interface Watched {
  readonly uuid: string;
  readonly from: number;
  readonly to: number;
  readonly at: number;
}

/** Between two looks a playing film moves on by less than this; more is a jump. */
const JUMP = 2;

/** Gathers what is played; a second counts once the whole of it was. */
export class WatchedBook {
  private open: { from: number; last: number; at: number } | null = null;
  private done: Watched[] = [];

  /** The film stands at `position` seconds and plays, or not. */
  look(position: number, playing: boolean, at: number): void {
    const { open } = this;
    if (open && position >= open.last && position - open.last < JUMP) {
      open.last = position;
      open.at = at;
    } else if (open) {
      this.seal();
    }
    if (!playing) this.seal();
    else this.open ??= { from: position, last: position, at };
  }

  /** What is whole so far; the rest goes on. */
  seal(): readonly Watched[] {
    const { open } = this;
    this.open = null;
    if (open) {
      const [from, to] = [Math.ceil(open.from), Math.floor(open.last)];
      if (to > from) this.done.push({ uuid: newUuid(), from, to, at: open.at });
    }
    return this.done;
  }

  /** Goes on from here after a seal, so that no second falls between two reports. */
  goOn(position: number, at: number): void {
    this.open ??= { from: Math.floor(position), last: position, at };
  }

  forget(known: ReadonlySet<string>): void {
    this.done = this.done.filter(({ uuid }) => !known.has(uuid));
  }
}
