/**
 * Which seconds of a lesson were received, from what the picture did. Pure: no page, no clock, no storage.
 *
 * A second counts when for half of it and more the picture moved on: by WebRTC, frames were decoded; by HLS, media time
 * was played besides. HLS shows everything some seconds late: a second counts for the time at which it was SHOWN, so that
 * an outage of 20 s costs 20 s whichever way the picture comes. A black or frozen picture counts nothing, nor does what was
 * shown before: HLS that takes over from WebRTC begins some seconds back.
 */

/** One look at the picture; `at` in milliseconds after the planned start, by the server's clock. */
export interface Sample {
  readonly at: number;
  /** Which element and which connection: counters of two sources have nothing to do with each other. */
  readonly source: string;
  /** Frames decoded so far; null where the browser does not tell. */
  readonly frames: number | null;
  /** Media time in seconds of what plays from segments; null for WebRTC. */
  readonly mediaTime: number | null;
  /** When what HLS shows was taken, in milliseconds after the planned start; null where the player does not tell. */
  readonly takenAt: number | null;
}

/** Whole seconds [from, to) after the planned start; never changed once it is sealed. */
export interface Span {
  readonly uuid: string;
  readonly from: number;
  readonly to: number;
}

/** Between two looks further apart nobody watched the picture: a page that slept has proved nothing. */
const LONGEST_LOOK = 2500;
const HALF = 500;
const PLAYED_SHARE = 0.4;

export function movedOn(before: Sample, now: Sample): boolean {
  if (before.source !== now.source || now.at <= before.at || now.at - before.at > LONGEST_LOOK) return false;
  const grown = before.frames === null || now.frames === null ? null : now.frames - before.frames;
  if (now.mediaTime === null || before.mediaTime === null) return grown !== null && grown > 0;
  const played = (now.mediaTime - before.mediaTime) * 1000 >= PLAYED_SHARE * (now.at - before.at);
  return played && grown !== 0;
}

export class SecondsBook {
  private sealedSpans: Span[] = [];
  private openSpan: Span | null = null;
  private last: Sample | null = null;
  /** The second being filled, and how many of its milliseconds count. */
  private second = Number.NEGATIVE_INFINITY;
  private filled = 0;
  /** Seconds with a picture that are not of the lesson as far as is known: the word that it began may come late. */
  private early: number[] = [];
  /** The newest moment of the lesson that was shown. */
  private newest = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly newId: () => string,
    /** Only seconds within [first, end) belong to the lesson; both may change while it runs. */
    private readonly inLesson: (second: number) => boolean,
  ) {}

  get open(): Span | null {
    return this.openSpan;
  }

  get sealed(): readonly Span[] {
    return this.sealedSpans;
  }

  look(sample: Sample): void {
    const before = this.last;
    this.last = sample;
    if (!before || sample.at - before.at > LONGEST_LOOK) {
      // Somebody else may have handed over what an apparently dead page left: that span must not grow any more.
      this.seal();
      this.second = Math.max(this.second, Math.floor(sample.at / 1000));
      this.filled = 0;
    } else {
      const takenAt = sample.mediaTime === null ? sample.at : sample.takenAt;
      const counts = movedOn(before, sample) && (takenAt === null || takenAt > this.newest);
      if (counts && takenAt !== null) this.newest = takenAt;
      this.pass(before.at, sample.at, counts);
    }
  }

  /** The run so far is finished; what follows is a span of its own. */
  seal(): void {
    if (this.openSpan) this.sealedSpans.push(this.openSpan);
    this.openSpan = null;
  }

  /** The server has these. */
  forget(uuids: ReadonlySet<string>): void {
    this.sealedSpans = this.sealedSpans.filter((span) => !uuids.has(span.uuid));
  }

  private pass(from: number, to: number, counts: boolean): void {
    for (let at = Math.max(from, this.second * 1000); at < to; ) {
      const end = Math.min(to, (this.second + 1) * 1000);
      if (counts) this.filled += end - at;
      if (end === (this.second + 1) * 1000) this.close();
      at = end;
    }
  }

  private close(): void {
    if (this.filled >= HALF) this.early.push(this.second);
    const ours = this.early.filter(this.inLesson);
    if (ours.length) this.early = [];
    for (const second of ours) this.extend(second);
    if (ours[ours.length - 1] !== this.second) this.seal();
    this.second += 1;
    this.filled = 0;
  }

  private extend(second: number): void {
    if (this.openSpan?.to === second) this.openSpan = { ...this.openSpan, to: second + 1 };
    else {
      this.seal();
      this.openSpan = { uuid: this.newId(), from: second, to: second + 1 };
    }
  }
}
