/** Today's pack of this device: fetched, its signature checked, kept for a day without a link, wiped when its day is over. */
import { patiently } from "./pupil-fetch";
import { canProve, isSigned } from "./pupil-proof";
import { forget, keep, kept } from "./pupil-store";

export interface PackPupil {
  readonly id: string;
  readonly name: string;
  /** A picture and one of four colours, for who cannot read the name yet. */
  readonly mark: readonly [string, number];
  readonly card?: string;
  readonly pin?: string;
  readonly pictures?: string;
}

export interface PackClass {
  readonly id: string;
  readonly name: string;
  readonly key: string;
  readonly pupils: readonly PackPupil[];
}

export interface Pack {
  readonly device: string;
  readonly day: string;
  /** Seconds since 1970. */
  readonly expires: number;
  readonly salt: string;
  readonly seal: string;
  readonly classes: readonly PackClass[];
}

/** Title, begin and end (seconds since 1970) of today's lessons, by class. */
export type Days = Readonly<Record<string, readonly (readonly [string, number, number])[]>>;

interface Signed {
  readonly pack: string;
  readonly signature: string;
}

interface Clock {
  /** Server's time less this device's, in milliseconds. */
  readonly offset: number;
  /** The latest moment seen, by the server's clock: a device set back in time gets no second day. */
  readonly latest: number;
}

/** Before the first lesson all classrooms ask at once, and the front door lets them in one after the other. */
const WITHIN = 45_000;
const SLACK = 5 * 60_000;
/** The answers after which nothing of the class may stay here: the device is no longer bound. */
const UNBOUND = new Set([401, 403, 404]);

export class NotBound extends Error {}

export class PackKeeper {
  private clock: Clock = { offset: 0, latest: 0 };

  constructor(
    private readonly url: string,
    private readonly dayUrl: string,
    private readonly key: JsonWebKey,
    private readonly device: string,
  ) {}

  /** Now by the server's clock, in milliseconds since 1970. */
  now(): number {
    return Date.now() + this.clock.offset;
  }

  /** The pack kept on this device, if it is true, ours and of today; any other is wiped. */
  async fromDevice(): Promise<Pack | undefined> {
    if (!canProve) return undefined;
    this.clock = (await kept<Clock>("clock")) ?? this.clock;
    const signed = await kept<Signed>("pack");
    const pack = signed && (await this.checked(signed));
    if (!pack && signed) await this.wipe();
    if (pack) await this.noteTime();
    return pack;
  }

  /** The server's pack; undefined without a link. Throws NotBound where the device is no longer the room's. */
  async fromServer(): Promise<Pack | undefined> {
    const answer = await fetched(this.url);
    if (!answer) return undefined;
    if (UNBOUND.has(answer.status) || answer.redirected) {
      await this.wipe();
      throw new NotBound();
    }
    if (!answer.ok) return undefined;
    const signed = (await answer.json()) as Signed;
    this.clock = { offset: Number(answer.headers.get("X-Now")) - Date.now(), latest: 0 };
    if (!canProve) return JSON.parse(signed.pack) as Pack;
    const pack = await this.checked(signed);
    if (!pack) return undefined;
    await keep("pack", signed);
    await this.noteTime();
    return pack;
  }

  /** Today's lessons as this device heard of them last. */
  async daysFromDevice(): Promise<Days> {
    return canProve ? ((await kept<Days>("days")) ?? {}) : {};
  }

  async days(): Promise<Days> {
    const answer = this.dayUrl ? await fetched(this.dayUrl) : undefined;
    if (!answer?.ok) return this.daysFromDevice();
    const { days } = (await answer.json()) as { days: Days };
    if (canProve) await keep("days", days);
    return days;
  }

  isOver(pack: Pack): boolean {
    return this.now() >= pack.expires * 1000 || this.now() < this.clock.latest - SLACK;
  }

  async noteTime(): Promise<void> {
    this.clock = { ...this.clock, latest: Math.max(this.clock.latest, this.now()) };
    if (canProve) await keep("clock", this.clock);
  }

  async wipe(): Promise<void> {
    if (!canProve) return;
    for (const key of ["pack", "days", "tries", "here"]) await forget(key);
  }

  private async checked({ pack: text, signature }: Signed): Promise<Pack | undefined> {
    if (!(await isSigned(this.key, text, signature))) return undefined;
    const pack = JSON.parse(text) as Pack;
    return pack.device === this.device && !this.isOver(pack) ? pack : undefined;
  }
}

async function fetched(url: string): Promise<Response | undefined> {
  try {
    return await patiently(() => inTime(url));
  } catch (error) {
    console.info("pack:", error);
    return undefined;
  }
}

async function inTime(url: string): Promise<Response> {
  const limit = new AbortController();
  const timer = window.setTimeout(() => limit.abort(), WITHIN);
  try {
    return await fetch(url, { credentials: "same-origin", cache: "no-store", headers: { Accept: "application/json" }, signal: limit.signal });
  } finally {
    window.clearTimeout(timer);
  }
}
