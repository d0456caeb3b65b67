/**
 * `<tong-board>`: the clock, the mark on what is now and next, and the life of `#board` inside, which htmx fetches again
 * each minute. At the moment that `#board` names, it is fetched at once. Without a link the last timetable stays, says so,
 * and its marks still follow the clock.
 */
import { defineIsland, part } from "./element";
import { t } from "./text";
import { serverNow } from "./time";

const TICK_MS = 1000;
/** Rooms do not all ask in the same second. */
const SCATTER_MS = 3000;
const NOT_HERE = 404;

export function wireBoard(): void {
  defineIsland("tong-board", (root, { signal }) => {
    let asked = "";
    const tick = (): void => {
      const now = serverNow();
      part(root, "[data-clock]").textContent = wallClock(now);
      markLines(root, now / 1000);
      const board = part(root, "#board");
      const changes = board.dataset.changesAt ?? "";
      if (changes === asked || now < Number(changes) * 1000) return;
      asked = changes;
      window.setTimeout(() => board.isConnected && board.dispatchEvent(new Event("refresh")), Math.random() * SCATTER_MS);
    };
    const ticking = setInterval(tick, TICK_MS);
    signal.addEventListener("abort", () => clearInterval(ticking));
    for (const name of ["htmx:sendError", "htmx:timeout"]) root.addEventListener(name, () => sayGone(root), { signal });
    root.addEventListener("htmx:responseError", (event) => refused(root, event as CustomEvent), { signal });
    root.addEventListener("htmx:afterSettle", () => part(root, ".gone").toggleAttribute("hidden", true), { signal });
    root.addEventListener("htmx:load", tick, { signal });
    tick();
  });
}

/** Hours and minutes on the wall clock of Asia/Shanghai, which has no summer time. */
function wallClock(now: number): string {
  const wall = new Date(now + 8 * 3600 * 1000);
  return `${wall.getUTCHours()}:${String(wall.getUTCMinutes()).padStart(2, "0")}`;
}

function markLines(root: HTMLElement, now: number): void {
  const lines = [...root.querySelectorAll<HTMLElement>("[data-starts]")];
  const standing = lines.filter((line) => !line.classList.contains("off"));
  const starts = (line: HTMLElement): number => Number(line.dataset.starts);
  const next = Math.min(...standing.map(starts).filter((at) => at > now));
  for (const line of lines) {
    const runs = standing.includes(line) && starts(line) <= now && now < Number(line.dataset.ends);
    line.classList.toggle("now", runs);
    line.classList.toggle("over", Number(line.dataset.ends) <= now);
    line.classList.toggle("nxt", standing.includes(line) && starts(line) === next);
    if (runs) line.setAttribute("aria-current", "time");
    else line.removeAttribute("aria-current");
  }
}

function sayGone(root: HTMLElement): void {
  const at = part(root, "#board").dataset.loaded ?? "";
  part(root, "[data-gone]").textContent = t("No connection. This is the timetable of {at}", { at });
  part(root, ".gone").toggleAttribute("hidden", false);
}

/** A device that is no longer enrolled goes to where it can be enrolled; a server that restarts is only waited for. */
function refused(root: HTMLElement, event: CustomEvent<{ xhr: XMLHttpRequest }>): void {
  if (event.detail.xhr.status === NOT_HERE) location.reload();
  else sayGone(root);
}
