/** Wrong tries on this device, also without a link: five of one pupil close that name for 15 minutes. Cards are not counted. */
import { canProve, type Means } from "./pupil-proof";
import { keep, kept } from "./pupil-store";

const MOST = 5;
const WINDOW = 15 * 60_000;

type Kept = Readonly<Record<string, readonly number[]>>;

export class Tries {
  private wrong: Kept = {};

  async load(): Promise<void> {
    if (canProve) this.wrong = (await kept<Kept>("tries")) ?? {};
  }

  /** Whether the name is closed at `now` (milliseconds) for this means. */
  closed(pupil: string, means: Means, now: number): boolean {
    return means !== "card" && this.recent(pupil, now).length >= MOST;
  }

  /** Counted before the check begins, so that two at once are two; `clear` takes it back. */
  async count(pupil: string, now: number): Promise<void> {
    await this.put(pupil, [...this.recent(pupil, now), now]);
  }

  async clear(pupil: string): Promise<void> {
    await this.put(pupil, []);
  }

  private recent(pupil: string, now: number): readonly number[] {
    return (this.wrong[pupil] ?? []).filter((at) => at > now - WINDOW);
  }

  private async put(pupil: string, times: readonly number[]): Promise<void> {
    this.wrong = { ...this.wrong, [pupil]: times };
    if (canProve) await keep("tries", this.wrong);
  }
}
