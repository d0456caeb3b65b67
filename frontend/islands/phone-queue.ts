/**
 * What the local teacher did, kept on this phone and handed over once: the same uuid as often as need be, until the
 * server says that it has it. One queue for all classes of the phone; nobody hands over what another teacher did.
 */
import { newUuid } from "./identity";
import { post, RequestRefused } from "./push";
import { serverNow } from "./time";

export interface Entry {
  readonly uuid: string;
  /** Whose record it is. */
  readonly holder: string;
  readonly reception: string;
  /** Where it is handed over; a help call has an address of its own. */
  readonly url: string;
  readonly kind: string;
  /** Seconds since 1970 by the server's clock. */
  readonly at: number;
  readonly payload: Readonly<Record<string, unknown>>;
  /** "recorded", "known", or the sentence that refused it; none while it waits. */
  readonly answer?: string;
}

export type Kept = "kept" | "sent" | "refused";

interface Answers {
  readonly answers: Readonly<Record<string, string>>;
}

const KEY = "tongtang.phone.queue";
const AGAIN_EVERY = 10_000;
const WITHIN = 8000;
const MOST = 50;
const KEPT_FOR = 86_400;

export class PhoneQueue {
  private handing = false;
  private again = false;

  constructor(
    private readonly holder: string,
    private readonly onChange: () => void,
  ) {}

  run(signal: AbortSignal): void {
    const timer = window.setInterval(() => void this.handOver(), AGAIN_EVERY);
    signal.addEventListener("abort", () => window.clearInterval(timer));
    window.addEventListener("online", () => void this.handOver(), { signal });
    window.addEventListener("storage", (event) => event.key === KEY && this.onChange(), { signal });
    void this.handOver();
  }

  add(reception: string, url: string, kind: string, payload: Record<string, unknown>): void {
    const at = serverNow() / 1000;
    const entry: Entry = { uuid: newUuid(), holder: this.holder, reception, url, kind, at, payload };
    save([...load().filter((one) => one.answer === undefined || one.at > at - KEPT_FOR), entry]);
    this.onChange();
    void this.handOver();
  }

  /** The latest entry of a kind that fits, and what became of it. */
  latest(reception: string, kind: string, fits: (entry: Entry) => boolean = () => true): Entry | undefined {
    return load()
      .filter((one) => one.holder === this.holder && one.reception === reception && one.kind === kind && fits(one))
      .pop();
  }

  get waiting(): number {
    return load().filter((one) => one.holder === this.holder && one.answer === undefined).length;
  }

  async handOver(): Promise<void> {
    if (this.handing) return void (this.again = true);
    this.handing = true;
    try {
      do {
        this.again = false;
        for (const entries of batches(load(), this.holder)) await this.send(entries);
      } while (this.again);
    } catch (error) {
      // It stays on the phone and goes out with the next try.
      console.info("queue:", error);
    } finally {
      this.handing = false;
    }
  }

  private async send(entries: readonly Entry[]): Promise<void> {
    const first = entries[0];
    if (!first) return;
    try {
      const answers = (await post<Answers>(first.url, body(entries), { total: WITHIN })).answers;
      this.note(new Map(Object.entries(answers)));
    } catch (error) {
      if (!(error instanceof RequestRefused) || ![400, 409].includes(error.status)) throw error;
      this.note(new Map(entries.map((entry) => [entry.uuid, sentence(error.body)])));
    }
  }

  private note(answers: ReadonlyMap<string, string>): void {
    save(load().map((one) => (answers.has(one.uuid) ? { ...one, answer: answers.get(one.uuid) ?? "" } : one)));
    this.onChange();
  }
}

export function keptState(entry: Entry): Kept {
  if (entry.answer === undefined) return "kept";
  return entry.answer === "recorded" || entry.answer === "known" ? "sent" : "refused";
}

/** In the order in which they were made, one address at a time; a help call goes alone. */
export function batches(entries: readonly Entry[], holder: string): Entry[][] {
  const found: Entry[][] = [];
  for (const entry of entries) {
    if (entry.holder !== holder || entry.answer !== undefined) continue;
    const open = found.find((batch) => batch[0]?.url === entry.url && batch.length < MOST && entry.kind !== "help");
    if (open) open.push(entry);
    else found.push([entry]);
  }
  return found;
}

function body(entries: readonly Entry[]): unknown {
  const first = entries[0];
  if (first?.kind === "help") return { uuid: first.uuid, at: first.at, kind: first.payload["kind"] };
  return { entries: entries.map(({ uuid, kind, at, payload }) => ({ uuid, kind, at, payload })) };
}

function sentence(text: string): string {
  try {
    return String((JSON.parse(text) as { error?: string }).error ?? text);
  } catch {
    return text;
  }
}

function load(): Entry[] {
  return JSON.parse(localStorage.getItem(KEY) ?? "[]") as Entry[];
}

function save(entries: readonly Entry[]): void {
  localStorage.setItem(KEY, JSON.stringify(entries));
}
