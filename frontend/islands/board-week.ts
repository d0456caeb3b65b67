/** What a wall screen shows of its week at a moment. Pure; times are seconds since 1970. */

/** One lesson of the list; `over`: the server says that it is over before its time (cancelled, ended early). */
export interface Row {
  readonly ends: number;
  readonly over: boolean;
}
/** A lesson of the screen's room; `enters`: from when the classroom may enter. */
export interface Coming {
  readonly starts: number;
  readonly enters: number;
  readonly ends: number;
}
export type Use = "good" | "too-old" | "clock-behind";
export type Phase = "later" | "today" | "open" | "now";

const DAY = 86_400;
/** Asia/Shanghai, which has no summer time. */
const AHEAD_OF_UTC = 8 * 3600;
const OLD_AFTER = 7 * DAY;
/** A device that was without power may think that it is years ago. */
const SLACK = 300;

/** Number of the civil day of Asia/Shanghai since 1970. */
export function dayOf(at: number): number {
  return Math.floor((at + AHEAD_OF_UTC) / DAY);
}

/** The slice [first, last) of the day's rows that fits, from the last one that is over: what runs is never cut off. */
export function windowOf(rows: readonly Row[], now: number, most: number): readonly [number, number] {
  const over = rows.filter((row) => row.over || row.ends <= now).length;
  const first = Math.max(0, Math.min(over - 1, rows.length - most));
  return [first, Math.min(rows.length, first + most)];
}

/** Index of the lesson that is now or comes next, -1 where none is left. */
export function nextOf(coming: readonly Coming[], now: number): number {
  return coming.findIndex((one) => one.ends > now);
}

export function phaseOf(one: Coming, now: number): Phase {
  if (one.starts <= now) return "now";
  if (dayOf(one.starts) !== dayOf(now)) return "later";
  return one.enters <= now ? "open" : "today";
}

/** Whether what was fetched at `loaded` may be gone by: not when too old, nor when the clock is behind what is known. */
export function useOf(loaded: number, now: number): Use {
  if (now - loaded > OLD_AFTER) return "too-old";
  return now < loaded - SLACK ? "clock-behind" : "good";
}

/** Hours and minutes on the wall clock of Asia/Shanghai: 8:40. */
export function clockOf(at: number): string {
  const minutes = Math.floor((at + AHEAD_OF_UTC) / 60) % 1440;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}
