/** Sign-ins made here, handed over once: the same uuid as often as need be, until the server says what became of it. */
import { laterBy } from "./pupil-fetch";
import { canProve, type Means } from "./pupil-proof";
import { keep, kept } from "./pupil-store";
import { reachable } from "./push";

export interface SignIn {
  readonly uuid: string;
  readonly pupil: string;
  readonly means: Means;
  /** Milliseconds since 1970 by the server's clock. */
  readonly at: number;
  readonly proof?: string;
  readonly secret?: string;
}

export type Outcome = "recorded" | "known" | "refused" | "wait";

interface Waiting extends SignIn {
  readonly seal: string;
}
interface Answer {
  readonly answers: Readonly<Record<string, Outcome>>;
  readonly opened: boolean;
}

/** Before the first lesson all classrooms hand over at once, and the front door lets them in one after the other. */
const WITHIN = 45_000;
const MOST = 60;
const PAUSE = 2000;
const LONGEST_PAUSE = 15_000;
/** The house is there, and too many classrooms wait before it: what is signed in meanwhile goes along in one batch. */
class Busy extends Error {
  constructor(readonly wait: number) {
    super(`the house is busy for ${Math.round(wait)} ms`);
  }
}
/** Sign-ins older than this are no longer taken by the server. */
const KEPT_FOR = 10 * 86_400_000;

export class SignInQueue {
  private waiting: readonly Waiting[] = [];
  private handing: Promise<void> = Promise.resolve();
  private linked = true;
  private failures = 0;

  constructor(
    private readonly url: string,
    private readonly signal: AbortSignal,
    private readonly onOutcome: (uuid: string, outcome: Outcome, opened: boolean) => void,
    private readonly onLink: (linked: boolean) => void,
  ) {}

  get length(): number {
    return this.waiting.length;
  }

  async run(): Promise<void> {
    if (canProve) {
      const before = (await kept<Waiting[]>("queue")) ?? [];
      this.waiting = [...before.filter((one) => one.at > Date.now() - KEPT_FOR), ...this.waiting];
    }
    await this.handOver();
  }

  /** Keeps the sign-in on this device, then hands over what waits; `opens` asks for the pupil's own page. */
  async add(seal: string, signIn: SignIn, opens: boolean): Promise<void> {
    this.waiting = [...this.waiting, { ...signIn, seal }];
    await this.save();
    await this.handOver(opens ? signIn.uuid : undefined);
  }

  /** One at a time; without a link it comes back by itself when the server answers again. */
  handOver(opens?: string): Promise<void> {
    if (this.linked) this.handing = this.handing.then(() => this.all(opens));
    return this.handing;
  }

  private async all(opens: string | undefined): Promise<void> {
    while (this.linked && this.waiting.length) {
      const seal = this.waiting[0]?.seal ?? "";
      const batch = this.waiting.filter((one) => one.seal === seal).slice(0, MOST);
      try {
        await this.send(seal, batch, opens);
      } catch (error) {
        console.info("sign-ins:", error);
        if (error instanceof Busy) this.rest(error.wait);
        else this.lose();
      }
    }
  }

  private rest(wait: number): void {
    this.linked = false;
    window.setTimeout(() => {
      if (this.signal.aborted) return;
      this.linked = true;
      void this.handOver();
    }, wait);
  }

  /** Without a network a try fails at once, so the next one waits; behind a dead link it waits for an answer. */
  private lose(): void {
    this.linked = false;
    this.failures += 1;
    this.onLink(false);
    const again = async (): Promise<void> => {
      await reachable(this.signal);
      if (this.signal.aborted) return;
      this.linked = true;
      await this.handOver();
    };
    window.setTimeout(() => void again().catch((error: unknown) => console.info("sign-ins:", error)), Math.min(LONGEST_PAUSE, this.failures * PAUSE));
  }

  /** Takes back what was not handed over. */
  async drop(uuid: string): Promise<void> {
    this.waiting = this.waiting.filter((one) => one.uuid !== uuid);
    await this.save();
  }

  private async send(seal: string, batch: readonly Waiting[], opens: string | undefined): Promise<void> {
    const asked = batch.some((one) => one.uuid === opens) ? opens : undefined;
    const entries = batch.map(({ seal: _seal, ...entry }) => entry);
    const answer = await this.posted({ seal, entries, opens: asked ?? null });
    this.failures = 0;
    this.onLink(true);
    const settled = new Set(batch.map((one) => one.uuid));
    this.waiting = this.waiting.filter((one) => !settled.has(one.uuid));
    await this.save();
    for (const { uuid } of batch) {
      this.onOutcome(uuid, answer.answers[uuid] ?? "refused", answer.opened && uuid === asked);
    }
  }

  /** The server's answer; a batch that it cannot read counts as refused, anything else but an answer throws, Busy where it names a time. */
  private async posted(body: unknown): Promise<Answer> {
    const limit = new AbortController();
    const timer = window.setTimeout(() => limit.abort(), WITHIN);
    const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
    const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
    try {
      const answer = await fetch(this.url, { method: "POST", headers, credentials: "same-origin", body: JSON.stringify(body), signal: limit.signal });
      if (answer.status === 400) return { answers: {}, opened: false };
      const wait = laterBy(answer);
      if (wait !== undefined) throw new Busy(wait);
      if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
      return (await answer.json()) as Answer;
    } finally {
      window.clearTimeout(timer);
    }
  }

  private async save(): Promise<void> {
    if (canProve) await keep("queue", this.waiting);
  }
}
