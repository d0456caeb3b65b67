/** The server's clock on this page, and countdowns against it. All times are milliseconds since 1970 (UTC). */
import { t, tn } from "./text";

const ANNOUNCED_AT = [60, 10];

let offset = offsetOfThisPage();

/** The page was written at meta `server-time` (seconds) and began to arrive at responseStart of this device's clock. */
function offsetOfThisPage(): number {
  const written = Number(document.querySelector<HTMLMetaElement>('meta[name="server-time"]')?.content ?? "");
  if (!written) return 0;
  const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return written * 1000 - (performance.timeOrigin + (navigation?.responseStart ?? performance.now()));
}

export function serverNow(): number {
  return performance.timeOrigin + performance.now() + offset;
}

/** A fresher reading, e.g. the time in a pushed event: `sentAt` as the server stamped it. */
export function adjustClock(sentAt: number): void {
  offset = sentAt - (performance.timeOrigin + performance.now());
}

/** A moment (seconds since 1970) on the wall clock of Asia/Shanghai, wherever this device thinks it is: 10:30. */
export function wallClock(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString("zh-CN", { timeZone: "Asia/Shanghai", hour: "numeric", minute: "2-digit", hour12: false });
}

/** Whole seconds as 01:26, or 1:02:03 from an hour up. Negative counts as zero. */
export function clockText(seconds: number): string {
  const left = Math.max(0, Math.ceil(seconds));
  const [hours, minutes, rest] = [Math.floor(left / 3600), Math.floor((left % 3600) / 60), left % 60];
  const two = (value: number): string => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${two(minutes)}:${two(rest)}`;
}

function spoken(seconds: number): string {
  return seconds >= 60 ? t("1 minute left") : tn("{n} second left", "{n} seconds left", seconds);
}

/** Region for people who hear the page: one for all countdowns, outside the ticking text. */
function announce(text: string): void {
  let region = document.getElementById("countdown-said");
  if (!region) {
    region = document.createElement("p");
    region.id = "countdown-said";
    region.className = "sr";
    region.setAttribute("role", "status");
    document.body.append(region);
  }
  region.textContent = text;
}

/**
 * Ticks `element` (role=timer) down to `endsAt`, a server time; announced only at 1 minute and at 10 seconds.
 * Ends by itself at zero, calling `onEnd`, or when `signal` aborts.
 */
export function countdown(element: HTMLElement, endsAt: number, signal: AbortSignal, onEnd?: () => void): void {
  element.setAttribute("role", "timer");
  let before = Number.POSITIVE_INFINITY;
  const tick = (): void => {
    const left = Math.ceil((endsAt - serverNow()) / 1000);
    element.textContent = clockText(left);
    const passed = ANNOUNCED_AT.find((mark) => before > mark && left <= mark && left > 0);
    if (passed !== undefined && before !== Number.POSITIVE_INFINITY) announce(spoken(passed));
    before = left;
    if (left > 0) return;
    clearInterval(ticking);
    onEnd?.();
  };
  const ticking = setInterval(tick, 250);
  signal.addEventListener("abort", () => clearInterval(ticking));
  tick();
}
