/**
 * When a classroom device reads the names of its class anew, so that not all of them do it before the first lesson.
 *
 * At night it rests; between 06:00 and 07:30 each device fetches the day's pack at a moment of its own; from then until
 * 08:30 nothing but sign-ins goes to the server; afterwards it asks about every five minutes. Hours are China's.
 */
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const CHINA = 8 * 60 * MINUTE;
const MORNING = 6 * 60 * MINUTE;
const QUIET = 7.5 * 60 * MINUTE;
const LESSONS = 8.5 * 60 * MINUTE;
const EVERY = 5 * MINUTE;
const SPREAD_AFTER = 10 * MINUTE;

function ofDay(now: number): number {
  return (now + CHINA) % DAY;
}

/** Whether the first lessons begin about now: whoever has today's names leaves the server to the sign-ins. */
export function isQuietHour(now: number): boolean {
  return ofDay(now) >= QUIET && ofDay(now) < LESSONS;
}

/** The next moment to ask for the names, in milliseconds since 1970; `chance` is from 0 to 1. */
export function nextAsking(now: number, chance: number): number {
  const time = ofDay(now);
  const next = time + EVERY * (0.8 + 0.4 * chance);
  if (time < MORNING) return now - time + MORNING + chance * (QUIET - MORNING);
  if (next >= QUIET && time < LESSONS) return now - time + LESSONS + chance * SPREAD_AFTER;
  if (next >= DAY) return now - time + DAY + MORNING + chance * (QUIET - MORNING);
  return now - time + next;
}
