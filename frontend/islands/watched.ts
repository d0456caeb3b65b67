/** The seconds of a recording that a classroom watches: reported every 10 s and when the page goes. */
import { newUuid } from "./identity";
import { post } from "./push";
import { serverNow } from "./time";

/** Whole seconds of the recording that were played, and when the last of them was (milliseconds since 1970). */
export interface Watched {
  readonly uuid: string;
  readonly from: number;
  readonly to: number;
  readonly at: number;
}

const REPORT_EVERY = 10_000;
const MOST_ROWS = 200;
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

function rows(spans: readonly Watched[]): unknown[] {
  return spans.slice(0, MOST_ROWS).map(({ uuid, from, to, at }) => ({ uuid, from, to, at: at / 1000, mode: "recorded" }));
}

/** Reports what `video` plays to `url` until the signal. */
export function reportWatched(video: HTMLVideoElement, url: string, signal: AbortSignal): void {
  const book = new WatchedBook();
  const client = newUuid();
  const playing = (): boolean => !video.paused && !video.seeking && video.playbackRate === 1;
  const look = (): void => book.look(video.currentTime, playing(), serverNow());
  const report = async (): Promise<void> => {
    look();
    const spans = book.seal();
    if (playing()) book.goOn(video.currentTime, serverNow());
    if (!spans.length) return;
    try {
      const answer = await post<{ answers: Record<string, string> }>(url, { client, spans: rows(spans) }, { total: 8000 });
      book.forget(new Set(Object.keys(answer.answers)));
    } catch (error) {
      // They are reported with the next ones.
      console.info("watched:", error);
    }
  };
  const farewell = (): void => {
    look();
    const spans = book.seal();
    const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
    const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
    if (!spans.length) return;
    fetch(url, { method: "POST", keepalive: true, headers, body: JSON.stringify({ client, spans: rows(spans) }) }).catch(() => undefined);
  };
  for (const name of ["timeupdate", "play", "pause", "seeking", "ended"]) video.addEventListener(name, look, { signal });
  const timer = window.setInterval(() => void report(), REPORT_EVERY);
  window.addEventListener("pagehide", farewell, { signal });
  signal.addEventListener("abort", () => {
    window.clearInterval(timer);
    farewell();
  });
}
