/** Which place of a week a lesson comes to, and how far the page goes with it: figures without a page. */
export type Kind = "ok" | "swap" | "falls" | "no" | "here";
export const CAN: ReadonlySet<Kind> = new Set<Kind>(["ok", "swap", "falls"]);

export interface Place {
  readonly day: string;
  readonly minute: number;
  readonly time: string;
  readonly kind: Kind;
  readonly when: string;
  readonly words: string;
  readonly why: string;
}

/** Near an edge of what is to be seen a finger that holds a lesson moves the page along, so far each frame. */
const PULL_PX = 44;
const PULL_STEP_PX = 7;

/** Where a lesson arrives that comes to another week: at that week's edge by an arrow, on its own weekday else. */
export function arriving(places: readonly Place[], from: Place | undefined, key: string): Place | undefined {
  const days = [...new Set(places.map((one) => one.day))].sort();
  const weekday = (day: string): number => new Date(day).getUTCDay();
  const same = days.find((day) => from && weekday(day) === weekday(from.day));
  const day = key === "ArrowRight" ? days[0] : key === "ArrowLeft" ? days.at(-1) : (same ?? days[0]);
  const far = (place: Place): number => Math.abs(place.minute - (from?.minute ?? 0));
  return places.filter((one) => one.day === day).sort((one, other) => far(one) - far(other))[0];
}

/** The place that an arrow key leads to: the next of the day, or the nearest time of the next day that has any. */
export function byArrow(places: readonly Place[], from: Place, key: string): Place | undefined {
  const days = [...new Set(places.map((one) => one.day))].sort();
  if (key === "ArrowUp" || key === "ArrowDown") {
    const day = places.filter((one) => one.day === from.day).sort((one, other) => one.minute - other.minute);
    return day[day.indexOf(from) + (key === "ArrowDown" ? 1 : -1)];
  }
  const next = days[days.indexOf(from.day) + (key === "ArrowRight" ? 1 : -1)];
  const far = (place: Place): number => Math.abs(place.minute - from.minute);
  return places.filter((one) => one.day === next).sort((one, other) => far(one) - far(other))[0];
}

/** How far a page goes on, in pixels a frame, under a finger between two edges of what is seen of it. */
export function pull(at: number, low: number, high: number): number {
  if (at < low + PULL_PX) return -PULL_STEP_PX;
  return at > high - PULL_PX ? PULL_STEP_PX : 0;
}
