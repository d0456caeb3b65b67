/** The seconds of a recording that a classroom watches: reported every 10 s and when the page goes. */
import { newUuid } from "./identity";
import { post } from "./push";
import { serverNow } from "./time";
import { type Watched, WatchedBook } from "./watched-book";

const REPORT_EVERY = 10_000;
const MOST_ROWS = 200;
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
