/**
 * `<tong-board>`: a week of lessons, of which it shows the day and the lesson that the clock asks for. htmx fetches `#board`
 * inside again each minute, which comes if it changed. Without a link the week goes on by itself, also after a reload (the service worker keeps the
 * page), and the screen says since when; after seven days it says that it is too old.
 */
import { clockOf, dayOf, nextOf, phaseOf, type Use, useOf, windowOf } from "./board-week";
import { defineIsland, part } from "./element";
import { t, tn } from "./text";
import { adjustClock, serverNow } from "./time";
import { isKeptPage, startWorker } from "./worker";

const TICK_MS = 1000;
const UNCHANGED = 204;
const LINK_GONE = ["htmx:sendError", "htmx:timeout"];

const number = (element: Element, name: string): number => Number(element.getAttribute(`data-${name}`));
const named = (root: ParentNode, name: string): HTMLElement => part(root, `[data-part="${name}"]`);

export function wireBoard(): void {
  defineIsland("tong-board", (root, { signal }) => {
    // The monotonic clock rests while the device sleeps; the device's own does not.
    let ahead = serverNow() - Date.now();
    let gone = isKeptPage();
    const tick = (): void => {
      adjustClock(Date.now() + ahead);
      const now = serverNow() / 1000;
      const use = useOf(number(part(root, "#board"), "loaded"), now);
      sayUse(root, gone, use);
      setText(named(root, "clock"), clockOf(now));
      setText(named(root, "day"), `${dayText(now)} ${weekdayText(now)}`);
      if (use === "good") showWeek(root, now);
    };
    const lost = (): void => {
      gone = true;
      tick();
    };
    const ask = (): unknown => part(root, "#board").dispatchEvent(new Event("refresh"));
    const ticking = setInterval(tick, TICK_MS);
    signal.addEventListener("abort", () => clearInterval(ticking));
    for (const name of LINK_GONE) root.addEventListener(name, lost, { signal });
    root.addEventListener("htmx:responseError", (event) => refused(event as Answered, lost), { signal });
    root.addEventListener("htmx:beforeSwap", (event) => ledAway(event as Answered), { signal });
    const heard = (): void => {
      ahead = number(part(root, "#board"), "loaded") * 1000 - Date.now();
      gone = false;
      tick();
    };
    root.addEventListener("htmx:afterSettle", heard, { signal });
    root.addEventListener("htmx:afterRequest", (event) => unchanged(root, event as Answered, heard), { signal });
    window.addEventListener("online", ask, { signal });
    tick();
    // A kept page asks for the present one at once; htmx has wired #board by then.
    if (gone) setTimeout(ask);
    void startWorker(root.dataset["worker"] ?? "", [location.pathname + location.search]);
  });
}

function showWeek(root: HTMLElement, now: number): void {
  for (const day of root.querySelectorAll<HTMLElement>(".of-day")) {
    const shown = dayOf(number(day, "begins")) === dayOf(now);
    day.toggleAttribute("hidden", !shown);
    if (!shown) continue;
    showDay(day, now, number(part(root, "#board"), "rows"));
  }
  showComing(root, now);
}

function showDay(day: HTMLElement, now: number, most: number): void {
  const lines = [...day.querySelectorAll<HTMLElement>("li")];
  if (!lines.length) return;
  const rows = lines.map((line) => ({ ends: number(line, "ends"), over: line.hasAttribute("data-over") }));
  const [first, last] = windowOf(rows, now, most);
  lines.forEach((line, index) => line.toggleAttribute("hidden", index < first || index >= last));
  markLines(lines, now);
  const later = lines.length - last;
  const words = [
    ...(first ? [tn("{n} earlier", "{n} earlier", first)] : []),
    ...(later ? [tn("{n} later", "{n} later", later)] : []),
  ];
  const rest = part(day, ".rest");
  setText(rest, words.join(" · "));
  rest.toggleAttribute("hidden", !words.length);
}

function markLines(lines: readonly HTMLElement[], now: number): void {
  const standing = lines.filter((line) => !line.classList.contains("off"));
  const next = Math.min(...standing.map((line) => number(line, "starts")).filter((at) => at > now));
  for (const line of lines) {
    const runs = standing.includes(line) && number(line, "starts") <= now && now < number(line, "ends");
    line.classList.toggle("now", runs);
    line.classList.toggle("over", number(line, "ends") <= now);
    line.classList.toggle("nxt", standing.includes(line) && number(line, "starts") === next);
    if (runs) line.setAttribute("aria-current", "time");
    else line.removeAttribute("aria-current");
  }
}

/** Puts what is now or next in the room into its panel; only a change of lesson replaces what stands there. */
function showComing(root: HTMLElement, now: number): void {
  const kept = [...root.querySelectorAll<HTMLTemplateElement>("template[data-starts]")];
  const coming = kept.map((one) => ({ starts: number(one, "starts"), enters: number(one, "enters"), ends: number(one, "ends") }));
  const index = nextOf(coming, now);
  const lesson = coming[index];
  const panel = named(root, "coming");
  panel.setAttribute("data-phase", lesson ? phaseOf(lesson, now) : "none");
  if (panel.getAttribute("data-shown") === String(index)) return;
  panel.setAttribute("data-shown", String(index));
  const template = kept[index] ?? part<HTMLTemplateElement>(root, "template[data-none]");
  panel.replaceChildren(template.content.cloneNode(true));
}

/** Says since when there is no link, or why what is known is not shown. */
function sayUse(root: HTMLElement, gone: boolean, use: Use): void {
  const board = part(root, "#board");
  const at = moment(number(board, "loaded"));
  root.toggleAttribute("data-gone", gone);
  board.toggleAttribute("hidden", use !== "good");
  for (const why of ["too-old", "clock-behind"]) named(root, why).toggleAttribute("hidden", use !== why);
  const words = use !== "good" ? t("No connection since {at}", { at }) : t("No connection since {at}. Shown are the lessons as known then", { at });
  setText(named(root, "gone-words"), gone ? words : "");
  named(root, "gone").toggleAttribute("hidden", !gone);
}

/** `10:30` of today, else with its day. */
function moment(at: number): string {
  const clock = clockOf(at);
  if (dayOf(at) === dayOf(serverNow() / 1000)) return clock;
  return `${dayText(at)} ${clock}`;
}

const inChina = (at: number, parts: Intl.DateTimeFormatOptions): string =>
  new Date(at * 1000).toLocaleDateString("zh-CN", { timeZone: "Asia/Shanghai", ...parts });
const dayText = (at: number): string => inChina(at, { month: "long", day: "numeric" });
const weekdayText = (at: number): string => inChina(at, { weekday: "short" });

function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

type Answered = CustomEvent<{ xhr: XMLHttpRequest; shouldSwap: boolean }>;

/** What is shown is what there is at this moment. */
function unchanged(root: HTMLElement, event: Answered, heard: () => void): void {
  const { xhr } = event.detail;
  if (xhr.status !== UNCHANGED) return;
  part(root, "#board").setAttribute("data-loaded", xhr.getResponseHeader("X-Server-Time") ?? "");
  heard();
}

/** A device that is no longer enrolled goes to where it can be enrolled; a server that restarts is only waited for. */
function refused(event: Answered, lost: () => void): void {
  if (event.detail.xhr.status < 500) location.reload();
  else lost();
}

/** Another page came, the one to sign in: the screen goes there. */
function ledAway(event: Answered): void {
  if (new URL(event.detail.xhr.responseURL).pathname === location.pathname) return;
  event.detail.shouldSwap = false;
  location.reload();
}
