/**
 * The seconds that this screen received: kept on the device each second, reported every 10 s, handed over once.
 *
 * What reaches the server when a page ends. Closed, left or reloaded: all, by a last request. Its tab killed, its power cut:
 * all but the last second, by the will that it left with push. Its link cut: all, as soon as a page of Tongtang opens on
 * this device again, for 14 days.
 */
import { newUuid } from "./identity";
import { post } from "./push";
import { type Sample, SecondsBook, type Span } from "./seconds";
import { adjustClock, serverNow } from "./time";

export interface ReceptionFacts {
  /** Where to POST what was received. */
  readonly url: string;
  readonly client: string;
  /** The planned start in milliseconds since 1970. */
  readonly startsAt: number;
  /** Leaves with push what shall be reported if this page dies; null: nothing any more. */
  readonly leaveWill: (will: Will | null) => void;
}

export interface Will {
  readonly client: string;
  readonly spans: readonly Row[];
}

/** A look at the picture; `taken` in milliseconds since 1970. */
export type Look = Pick<Sample, "source" | "frames" | "mediaTime"> & { readonly taken: number | null };

export interface LinkState {
  readonly link: "webrtc" | "hls" | "none";
  readonly quality: 0 | 1 | 2 | 3;
}

interface Kept {
  readonly url: string;
  readonly client: string;
  readonly startsAt: number;
  readonly seenAt: number;
  readonly spans: readonly Span[];
}

export interface Row {
  readonly uuid: string;
  readonly at: number;
  readonly from: number;
  readonly to: number;
  readonly mode: "live";
}

interface Acknowledged {
  readonly answers: Readonly<Record<string, string>>;
  readonly now: number;
}

const PREFIX = "tongtang.received.";
const LOOK_EVERY = 500;
const REPORT_EVERY = 10_000;
const REPORT_WITHIN = 8000;
const MOST_ROWS = 200;
const MOST_WILL_ROWS = 40;
const SEEN_EVERY = 5000;
const LEFT_AFTER = 15_000;
const KEPT_FOR = 14 * 86_400_000;

export class ReceivedReport {
  private readonly book: SecondsBook;
  /** A page load keeps its own, also where the same client comes back after a reload. */
  private readonly key = PREFIX + newUuid();
  private reporting = false;
  private kept = "";
  private keptAt = 0;

  constructor(
    private readonly facts: ReceptionFacts,
    private readonly look: () => Look | null,
    inLesson: (second: number) => boolean,
    private readonly link: () => LinkState,
  ) {
    this.book = new SecondsBook(newUuid, inLesson);
  }

  /** Looks, keeps and reports until the signal; then says goodbye. */
  run(signal: AbortSignal): void {
    const looking = window.setInterval(() => this.tick(), LOOK_EVERY);
    const reporting = window.setInterval(() => void this.report(), REPORT_EVERY);
    window.addEventListener("pagehide", () => this.farewell(), { signal });
    signal.addEventListener("abort", () => {
      window.clearInterval(looking);
      window.clearInterval(reporting);
      this.farewell();
    });
  }

  /** Hand over what is there; the link state goes with it, so that the studio and the phone see it. */
  async report(): Promise<void> {
    if (this.reporting) return;
    this.reporting = true;
    try {
      this.book.seal();
      this.keep();
      const body = { client: this.facts.client, ...this.link(), spans: rows(this.facts, this.book.sealed.slice(0, MOST_ROWS)) };
      const asked = performance.now();
      const answer = await post<Acknowledged>(this.facts.url, body, { total: REPORT_WITHIN });
      const took = performance.now() - asked;
      if (took < 1000) adjustClock(answer.now * 1000 + took / 2);
      this.book.forget(new Set(Object.keys(answer.answers)));
      this.keep();
    } catch (error) {
      console.info("received:", error);
    } finally {
      this.reporting = false;
    }
  }

  private tick(): void {
    const seen = this.look();
    const { startsAt } = this.facts;
    const { taken = null, ...picture } = seen ?? { source: "", frames: null, mediaTime: null };
    this.book.look({ ...picture, at: serverNow() - startsAt, takenAt: taken === null ? null : taken - startsAt });
    // Each second at the moment at which it counts: a page that dies has lost none of those.
    // And now and then besides: what a living page keeps must not look left behind, however long its reports hang.
    if (this.counted() !== this.kept || performance.now() - this.keptAt >= SEEN_EVERY) this.keep();
  }

  private counted(): string {
    const last = this.book.open ?? this.book.sealed[this.book.sealed.length - 1];
    return last ? `${last.uuid} ${last.to}` : "";
  }

  private spans(): Span[] {
    return this.book.open ? [...this.book.sealed, this.book.open] : [...this.book.sealed];
  }

  private keep(): void {
    this.kept = this.counted();
    this.keptAt = performance.now();
    const { url, client, startsAt } = this.facts;
    const spans = this.spans();
    write(this.key, { url, client, startsAt, seenAt: Date.now(), spans });
    this.facts.leaveWill(this.will());
  }

  /** The open span grows on if the page lives: the will tells it under a name of its own. Seconds told twice count once. */
  private will(): Will | null {
    const open = this.book.open ? [{ ...this.book.open, uuid: newUuid() }] : [];
    const spans = [...this.book.sealed, ...open].slice(-MOST_WILL_ROWS);
    return spans.length ? { client: this.facts.client, spans: rows(this.facts, spans) } : null;
  }

  /** The page goes: these requests outlive it. What they do not bring stays on the device. */
  private farewell(): void {
    this.tick();
    this.book.seal();
    this.keep();
    const { client } = this.facts;
    const headers = { "Content-Type": "application/json", "X-CSRFToken": token() };
    const send = (url: string, body: unknown): void => {
      fetch(url, { method: "POST", keepalive: true, headers, body: JSON.stringify(body) }).catch(() => undefined);
    };
    const spans = rows(this.facts, this.book.sealed.slice(-MOST_ROWS));
    if (spans.length) send(this.facts.url, { client, spans });
    send(this.facts.url.replace(/received$/, "leave"), { client });
    this.facts.leaveWill(null);
  }
}

/** Hand over what pages on this device left behind without a goodbye. Call it on any page of Tongtang. */
export async function handOverLeftovers(): Promise<void> {
  for (const [key, kept] of leftovers()) {
    const spans = rows(kept, kept.spans.slice(0, MOST_ROWS));
    try {
      const answer = spans.length ? await post<Acknowledged>(kept.url, { client: kept.client, spans }, { total: REPORT_WITHIN }) : null;
      const rest = kept.spans.filter((span) => answer?.answers[span.uuid] === undefined);
      if (rest.length) localStorage.setItem(key, JSON.stringify({ ...kept, spans: rest }));
      else localStorage.removeItem(key);
    } catch (error) {
      // Not this device's or this person's right now: it stays for a page that has it.
      console.info("received:", error);
    }
  }
}

function leftovers(): [string, Kept][] {
  const found: [string, Kept][] = [];
  for (const key of keys()) {
    const kept = JSON.parse(localStorage.getItem(key) ?? "null") as Kept | null;
    const age = Date.now() - (kept?.seenAt ?? 0);
    if (!kept || age > KEPT_FOR) localStorage.removeItem(key);
    else if (age > LEFT_AFTER || age < 0) found.push([key, kept]);
  }
  return found;
}

function keys(): string[] {
  const found = Array.from({ length: localStorage.length }, (_, index) => localStorage.key(index) ?? "");
  return found.filter((key) => key.startsWith(PREFIX));
}

function write(key: string, kept: Kept): void {
  try {
    localStorage.setItem(key, JSON.stringify(kept));
  } catch (error) {
    // A full or forbidden storage: reports still go out every 10 s.
    console.info("received:", error);
  }
}

function rows(facts: { readonly startsAt: number }, spans: readonly Span[]): Row[] {
  return spans.map(({ uuid, from, to }) => ({ uuid, from, to, at: facts.startsAt / 1000 + to, mode: "live" }));
}

function token(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
}
