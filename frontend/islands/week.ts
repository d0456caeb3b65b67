/**
 * `<tong-week choose>` around the grid of an alliance's week: a lesson is dragged to another time with the mouse, held
 * with a finger for a moment and then dragged (a finger that moves at once scrolls), or taken up with Space and moved with
 * the arrow keys. The server has judged every place of the week beforehand; while the
 * lesson is over one, the page says at once whether it can be held there, and if not, what stands in the way. Letting go
 * leads to the preview; nothing is written here. Over "next week" (or with Page Down) the grid of that week takes the place
 * of this one until the lesson is put down or given back.
 */
import { defineIsland, make, part } from "./element";
import { t } from "./text";
import { CAN, type Place, arriving, byArrow, pull } from "./week-places";

const FAR_PX = 5;
/** So long a finger rests on a lesson before it takes the lesson up; one that moves further before that scrolls. */
const HOLD_MS = 450;
const REST_PX = 10;
const SNAP_MINUTES = 25;
const EDGE_PX = 6;
/** So long the mouse stays over another week before that week is shown. */
const DWELL_MS = 500;
const SERVER_FAULT = 500;
const SIGNED_OUT = 401;
const LESSONS = "a[data-lesson]";
const WAYS: Readonly<Record<string, Way>> = { PageUp: "prev", ArrowLeft: "prev", PageDown: "next", ArrowRight: "next" };

type Way = "prev" | "next";
/** A week that stands on the page; `turns` leads to those beside it. */
interface Sheet {
  readonly grid: Element;
  readonly choose: string;
  readonly week: string;
  readonly words: string;
  readonly turns: Readonly<Record<Way, string>>;
}

function sheetOf(root: Element): Sheet {
  const turn = (way: Way): string => root.querySelector(`[data-turn="${way}"]`)?.getAttribute("data-address") ?? "";
  return {
    grid: part(root, ".tt"),
    choose: root.getAttribute("choose") ?? "",
    week: root.getAttribute("week") ?? "",
    words: root.getAttribute("words") ?? "",
    turns: { prev: turn("prev"), next: turn("next") },
  };
}

function numberOf(element: Element, letter: "m" | "d"): number {
  const name = [...element.classList].find((one) => new RegExp(`^${letter}\\d+$`).test(one));
  return Number(name?.slice(1) ?? 0);
}

/** A lesson that somebody holds; one at a time. */
class Held {
  readonly minutes: number;
  readonly lesson: string;
  places: readonly Place[] = [];
  aim: Place | undefined;
  /** The week that is shown while the lesson is held. */
  sheet: Sheet;
  private readonly first: Sheet;
  private readonly list: HTMLDetailsElement | null;
  private readonly marks: HTMLElement[] = [];
  private shown: HTMLElement | undefined;

  constructor(
    readonly root: HTMLElement,
    readonly block: HTMLElement,
    readonly loaded: Promise<readonly Place[]>,
  ) {
    this.minutes = Number(block.dataset["minutes"]);
    this.lesson = block.dataset["lesson"] ?? "";
    this.sheet = this.first = sheetOf(root);
    this.list = block.closest("details");
    block.classList.add("held");
    root.classList.add("holding");
    if (this.list) {
      // The list lies over the places that its lesson may go to.
      this.rest();
      this.list.classList.add("held");
      this.list.open = false;
    }
    say(root, t("Looking where this lesson can go"), "");
  }

  /** The keyboard's focus rests on the region while what had it is not to be seen. */
  private rest(): void {
    if (document.activeElement === this.block) part(this.root, ".tablewrap").focus({ preventScroll: true });
  }

  /** Another week takes the place of the shown one. */
  turn(sheet: Sheet, places: readonly Place[]): void {
    this.rest();
    this.wipe();
    this.sheet.grid.replaceWith(sheet.grid);
    this.sheet = sheet;
    this.show(places);
  }

  private wipe(): void {
    this.shown?.remove();
    this.shown = this.aim = undefined;
    for (const mark of this.marks.splice(0)) mark.remove();
  }

  show(places: readonly Place[]): void {
    this.places = places;
    for (const place of places) {
      const mark = make("li", {
        class: `place ${place.kind} m${place.minute} d${this.minutes}`,
        "aria-hidden": "true",
      });
      const column = this.column(place.day);
      // Above the tinted windows, below the lessons.
      column?.insertBefore(mark, [...column.children].find((one) => one.querySelector(".ls")) ?? null);
      this.marks.push(mark);
    }
  }

  column(day: string): HTMLElement | null {
    return this.root.querySelector<HTMLElement>(`ul[data-day="${day}"]`);
  }

  /** Over a place; `bring` brings the place to be seen, which a finger near an edge does by itself. */
  at(place: Place | undefined, bring = true): void {
    if (place === this.aim && this.shown) return;
    this.aim = place;
    this.shown?.remove();
    this.shown = undefined;
    if (!place) {
      say(this.root, t("No period begins here. Move on."), "");
      return;
    }
    const can = CAN.has(place.kind);
    const name = this.block.dataset["name"] ?? "";
    const look = can ? "to" : place.kind === "here" ? "from" : "cannot";
    const box = make("div", { class: `ls ${look} m${place.minute} d${this.minutes}` }, make("b", {}, name));
    box.append(make("span", {}, can || place.kind === "here" ? place.words : t("Cannot")));
    this.shown = make("li", { class: "aim", "aria-hidden": "true" }, box);
    this.column(place.day)?.append(this.shown);
    say(this.root, `${place.when} · ${place.why || place.words}`, can ? "can" : place.kind === "here" ? "" : "cannot");
    if (bring) box.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** Put it down: the preview of where it is, or why it cannot be there. Whether the page is left. */
  drop(): boolean {
    const place = this.aim;
    if (!place || !CAN.has(place.kind)) return false;
    const address = `${this.sheet.choose}${this.lesson}&to=${place.day}T${place.time}#proposal`;
    say(this.root, t("Looking at the change"), "can");
    const there = new URL(address, location.href);
    location.assign(there);
    // The change that is looked at already: the page stays.
    return there.pathname + there.search !== location.pathname + location.search;
  }

  clear(): void {
    this.wipe();
    if (this.sheet !== this.first) this.sheet.grid.replaceWith(this.first.grid);
    this.block.classList.remove("held");
    this.root.classList.remove("holding");
    if (this.list) {
      this.list.classList.remove("held");
      this.list.open = true;
    }
    if (document.activeElement === part(this.root, ".tablewrap")) this.block.focus({ preventScroll: true });
  }
}

function say(root: HTMLElement, words: string, kind: string): void {
  const line = part(root, "[data-say]");
  if (line.textContent !== words) line.textContent = words;
  line.className = `say small ${kind}`.trim();
}

/** The server answered, but with no places. */
class Refused extends Error {
  constructor(readonly status: number) {
    super(`${status}`);
  }
}

async function placesOf(block: HTMLElement, week: string, signal: AbortSignal): Promise<readonly Place[]> {
  const address = `${block.dataset["places"] ?? ""}?week=${week}`;
  const answer = await fetch(address, { headers: { Accept: "application/json" }, signal });
  if (!answer.ok) throw new Refused(answer.status);
  return ((await answer.json()) as { places: Place[] }).places;
}

/** The page of another week, with nothing chosen in it. */
async function sheetAt(address: string, signal: AbortSignal): Promise<Sheet> {
  const there = new URL(address, location.href);
  there.searchParams.delete("lesson");
  const answer = await fetch(there, { headers: { Accept: "text/html" }, signal });
  if (!answer.ok) throw new Refused(answer.status);
  const root = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("tong-week");
  // Somebody who is no longer signed in is led to another page.
  if (!root) throw new Refused(SIGNED_OUT);
  return sheetOf(root);
}

/** The place of the column under the pointer whose start is nearest, if one is near. */
function underPointer(held: Held, x: number, y: number, grabbed: number): Place | undefined {
  const grid = part(held.root, ".tt");
  const column = [...grid.querySelectorAll<HTMLElement>("ul[data-day]")].find((one) => {
    const box = one.getBoundingClientRect();
    return box.left <= x && x < box.right;
  });
  if (!column) return undefined;
  const box = column.getBoundingClientRect();
  const perMinute = (box.height - 2 * EDGE_PX) / numberOf(grid, "d");
  const minute = numberOf(grid, "m") + (y - grabbed - box.top - EDGE_PX) / perMinute;
  const far = (place: Place): number => Math.abs(place.minute - minute);
  const near = held.places.filter((place) => place.day === column.dataset["day"] && far(place) <= SNAP_MINUTES);
  return near.sort((one, other) => far(one) - far(other))[0];
}

/** The week beside the shown one over which the mouse is. */
function turnUnder(event: PointerEvent): Way | undefined {
  const under = document.elementFromPoint(event.clientX, event.clientY)?.closest<HTMLElement>("[data-turn]");
  return under?.dataset["turn"] as Way | undefined;
}

/** The lowest pixel of the page that is seen: on a phone the navigation lies over it at the bottom. */
function lowest(): number {
  const bar = document.querySelector(".rail")?.getBoundingClientRect();
  return bar && bar.top > window.innerHeight / 2 ? bar.top : window.innerHeight;
}

/** A button or finger that went down on a lesson. */
interface Pressed {
  readonly block: HTMLElement;
  readonly pointer: number;
  readonly touch: boolean;
  readonly grabbed: number;
  readonly loading: () => Promise<readonly Place[]>;
  x: number;
  y: number;
}

export function wireWeek(): void {
  defineIsland("tong-week", (root, { signal }) => {
    let held: Held | undefined;
    let pressed: Pressed | undefined;
    let resting = 0;
    let dragged = false;
    let turning = false;
    let over: Way | undefined;
    let dwelling = 0;

    const load = (block: HTMLElement): Promise<readonly Place[]> => {
      const loading = placesOf(block, sheetOf(root).week, signal);
      loading.catch(() => undefined);
      return loading;
    };
    const letGo = (words = ""): void => {
      hover(undefined);
      const mine = held;
      held = undefined;
      mine?.clear();
      say(root, words, "");
    };
    /** The week beside the shown one, with every place that the lesson has there. */
    const turn = async (way: Way, key = ""): Promise<void> => {
      const mine = held;
      if (!mine || turning) return;
      turning = true;
      try {
        const sheet = await sheetAt(mine.sheet.turns[way], signal);
        const places = await placesOf(mine.block, sheet.week, signal);
        if (held !== mine) return;
        const next = arriving(places, mine.aim ?? mine.places.find((one) => one.kind === "here"), key);
        mine.turn(sheet, places);
        if (key) mine.at(next);
        else say(root, sheet.words, "");
      } catch (error) {
        if (held === mine) notRead(error);
      } finally {
        turning = false;
      }
    };
    /** The mouse is over another week, or over none. */
    const hover = (way: Way | undefined): void => {
      if (way === over) return;
      over = way;
      clearTimeout(dwelling);
      if (way) dwelling = window.setTimeout(() => void stay(way), DWELL_MS);
    };
    const stay = async (way: Way): Promise<void> => {
      await turn(way);
      if (over === way && held) dwelling = window.setTimeout(() => void stay(way), DWELL_MS);
    };
    const takeUp = async (block: HTMLElement, loading: Promise<readonly Place[]>): Promise<void> => {
      const mine = (held = new Held(root, block, loading));
      try {
        const places = await loading;
        if (held !== mine) return;
        mine.show(places);
        mine.at(places.find((one) => one.kind === "here"));
      } catch (error) {
        if (held === mine) notRead(error);
      }
    };
    const notRead = (error: unknown): void => {
      if (!(error instanceof Refused)) letGo(t("The places were not read: the line is gone. Take the lesson up again."));
      else if (error.status >= SERVER_FAULT) letGo(t("The places were not read: the server had a fault. Take the lesson up again."));
      else {
        // Signed out, or the lesson is gone: the page as it is now says which.
        letGo(t("This page is out of date. It is read anew."));
        location.reload();
      }
    };
    const put = (): void => {
      const mine = held;
      const place = mine?.aim;
      if (!mine || mine.drop()) return;
      // Going to the proposal may have moved the focus, and so have let the lesson go already.
      held = undefined;
      mine.clear();
      if (place?.kind === "no") say(root, `${place.when} · ${place.why}`, "cannot");
      else if (place && place.kind !== "here") say(root, `${place.when} · ${place.words}`, "can");
      else say(root, t("The lesson stays where it was."), "");
    };

    /** The lesson under the mouse or the finger is taken up. */
    const begin = (one: Pressed): void => {
      dragged = true;
      letGo();
      void takeUp(one.block, one.loading());
    };
    /** Nothing is pressed any more. */
    const release = (): void => {
      clearTimeout(resting);
      pressed = undefined;
    };
    /** The finger has rested: from here on it moves the lesson, and near an edge the page. */
    const rested = (one: Pressed): void => {
      if (pressed !== one) return;
      begin(one);
      requestAnimationFrame(() => along(one));
    };
    const along = (one: Pressed): void => {
      if (pressed !== one || !held) return;
      const wrap = part(root, ".tablewrap");
      const box = wrap.getBoundingClientRect();
      const [top, bottom] = [part(root, ".saybar").getBoundingClientRect().bottom, lowest()];
      const grid = held.sheet.grid.getBoundingClientRect();
      const before = [wrap.scrollLeft, window.scrollY];
      if (one.y > top) {
        wrap.scrollLeft += pull(one.x, Math.max(box.left, 0), Math.min(box.right, window.innerWidth));
        const down = pull(one.y, top, bottom);
        // Only as long as some of the grid lies beyond: further up the bar itself would come down under the finger.
        if (down < 0 ? grid.top < top : grid.bottom > bottom) window.scrollBy({ top: down, behavior: "instant" });
      }
      const moved = before[0] !== wrap.scrollLeft || before[1] !== window.scrollY;
      if (moved && held.places.length) held.at(underPointer(held, one.x, one.y, one.grabbed), false);
      requestAnimationFrame(() => along(one));
    };
    const still = (event: Event): void => {
      if (pressed?.touch && dragged && event.cancelable) event.preventDefault();
    };

    root.addEventListener("contextmenu", (event) => { if (pressed?.touch) event.preventDefault(); }, { signal });
    root.addEventListener("touchmove", still, { signal, passive: false });
    root.addEventListener("dragstart", (event) => event.preventDefault(), { signal });
    root.addEventListener(
      "pointerdown",
      (event) => {
        // A second finger changes nothing about the lesson that the first one holds.
        if (!event.isPrimary) return;
        const block = (event.target as Element).closest<HTMLElement>(LESSONS);
        dragged = false;
        if (!block || event.button !== 0) return;
        const touch = event.pointerType === "touch";
        const grabbed = event.clientY - block.getBoundingClientRect().top;
        // A finger may be about to scroll: it asks the server only once it has rested.
        const asked = touch ? undefined : load(block);
        const loading = (): Promise<readonly Place[]> => asked ?? load(block);
        const one: Pressed = { block, pointer: event.pointerId, touch, grabbed, loading, x: event.clientX, y: event.clientY };
        pressed = one;
        if (!touch) return;
        // The grid may leave the page while the finger holds a lesson of it; its touches still arrive at the lesson.
        block.addEventListener("touchmove", still, { signal, passive: false });
        resting = window.setTimeout(() => rested(one), HOLD_MS);
      },
      { signal },
    );
    document.addEventListener(
      "pointermove",
      (event) => {
        if (!pressed || event.pointerId !== pressed.pointer) return;
        const far = Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y);
        if (!dragged && pressed.touch && far > REST_PX) release();
        else if (!dragged && !pressed.touch && far > FAR_PX) begin(pressed);
        if (!pressed || !dragged || !held) return;
        [pressed.x, pressed.y] = [event.clientX, event.clientY];
        const way = turnUnder(event);
        hover(way);
        const place = underPointer(held, event.clientX, event.clientY, pressed.grabbed);
        if (!way && held.places.length) held.at(place, !pressed.touch);
      },
      { signal },
    );
    document.addEventListener(
      "pointerup",
      (event) => {
        if (pressed && event.pointerId !== pressed.pointer) return;
        const mine = held;
        const way = turnUnder(event);
        hover(undefined);
        if (pressed && dragged && mine && way) {
          // Dropped on a week: that week, with the list of the lesson's places in it.
          const there = new URL(mine.sheet.turns[way], location.href);
          there.searchParams.set("lesson", mine.lesson);
          there.hash = "chosen";
          letGo();
          location.assign(there);
        } else if (pressed && dragged && mine) {
          const { grabbed } = pressed;
          // Let go before the server has answered: it is put down where it was let go once the places are known.
          void mine.loaded.then(
            () => {
              if (held !== mine) return;
              mine.at(underPointer(mine, event.clientX, event.clientY, grabbed));
              put();
            },
            () => undefined,
          );
        }
        release();
      },
      { signal },
    );
    document.addEventListener("pointercancel", (event) => { if (event.pointerId === pressed?.pointer) { hover(undefined); release(); letGo(); } }, { signal });
    root.addEventListener(
      "click",
      (event) => {
        if (dragged && (event.target as Element).closest(LESSONS)) event.preventDefault();
        dragged = false;
      },
      { signal },
    );
    root.addEventListener("keydown", (event) => byKey(event), { signal });
    // The way back may show the page as it was left: with a lesson held.
    window.addEventListener("pageshow", (event) => { if (event.persisted) letGo(); }, { signal });
    root.addEventListener("focusout", (event) => { if (held && !pressed && event.relatedTarget !== part(root, ".tablewrap")) letGo(); }, { signal });
    document.addEventListener("keydown", (event) => { if (event.key === "Escape" && held) { release(); letGo(t("The lesson stays where it was.")); } }, { signal });

    function byKey(event: KeyboardEvent): void {
      if (event.key === "Enter" && !pressed) dragged = false;
      if (!held) {
        const block = (event.target as Element).closest<HTMLElement>(LESSONS);
        if (!block || event.key !== " ") return;
        event.preventDefault();
        void takeUp(block, load(block));
      } else if (event.key.startsWith("Arrow") || event.key.startsWith("Page")) {
        event.preventDefault();
        const next = event.key.startsWith("Arrow") && held.aim ? byArrow(held.places, held.aim, event.key) : undefined;
        const way = WAYS[event.key];
        if (next) held.at(next);
        else if (way && held.places.length) void turn(way, event.key);
      } else if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        const place = held.aim;
        if (place?.kind === "no") say(root, `${place.when} · ${place.why}`, "cannot");
        else put();
      }
    }
  });
}
