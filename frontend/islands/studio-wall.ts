/** The wall of receiving classrooms: raised hands first in their order, trouble covers the tile with words. */
import { make } from "./element";
import { icon } from "./icon";
import type { Parts, RoomRow } from "./studio-shapes";
import { t } from "./text";
import { clockText, serverNow } from "./time";

interface Actions {
  call(row: RoomRow): void;
  lowerHand(row: RoomRow): void;
}

const COUNTED_EVERY = 10_000;

function linkSign(row: RoomRow): HTMLElement {
  if (!row.joined || row.link === "none") return make("span", { class: "link off" }, icon("lq0"), make("span", { class: "sr" }, t("Disconnected")));
  if (row.quality === 3) return make("span", { class: "link hd" }, icon("lq3"), make("span", { class: "sr" }, t("High definition")));
  if (row.quality === 2) return make("span", { class: "link sd" }, icon("lq2"), make("span", { class: "sr" }, t("Smooth")));
  if (row.quality === 1) return make("span", { class: "link au" }, icon("lq1"), make("span", { class: "sr" }, t("Audio")));
  return make("span", { class: "link off" }, icon("lq0"), make("span", { class: "sr" }, t("Disconnected")));
}

export class WallOfRooms {
  private rows: readonly RoomRow[] = [];
  private stage: string | null = null;
  private readonly tiles = new Map<string, HTMLLIElement>();
  private readonly drawn = new Map<string, string>();
  private countedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly parts: Parts,
    private readonly actions: Actions,
  ) {}

  draw(rows: readonly RoomRow[], stage: string | null): void {
    this.rows = rows;
    this.stage = stage;
    const order = this.ordered();
    const list = this.parts.get("wall");
    const focused = document.activeElement as HTMLElement | null;
    order.forEach((row, index) => {
      const tile = this.tile(row);
      if (list.children[index] !== tile) list.insertBefore(tile, list.children[index] ?? null);
    });
    // A tile that moves to another place would lose the keyboard.
    if (focused && focused !== document.activeElement && list.contains(focused)) focused.focus();
    this.count();
  }

  /** Once a second: how long a classroom is gone. */
  tick(): void {
    if (this.rows.some((row) => row.gone !== null)) this.draw(this.rows, this.stage);
  }

  private ordered(): RoomRow[] {
    const order = (row: RoomRow): number => row.hand ?? Number.POSITIVE_INFINITY;
    return this.rows
      .map((row, index) => ({ row, index }))
      .sort((a, b) => (order(a.row) === order(b.row) ? a.index - b.index : order(a.row) - order(b.row)))
      .map(({ row }) => row);
  }

  private tile(row: RoomRow): HTMLLIElement {
    const place = row.hand === null ? 0 : 1 + this.rows.filter((one) => one.hand !== null && one.hand < (row.hand ?? 0)).length;
    const trouble = this.trouble(row);
    const key = JSON.stringify([row, place, trouble, this.stage === row.reception]);
    const item = this.tiles.get(row.reception) ?? make("li");
    this.tiles.set(row.reception, item);
    if (this.drawn.get(row.reception) === key) return item;
    this.drawn.set(row.reception, key);
    const held = item.contains(document.activeElement) ? document.activeElement?.className : null;
    item.className = place ? "handed" : "";
    item.replaceChildren(this.face(row, trouble), ...(place ? [this.hand(row, place)] : []));
    if (held) (item.querySelector<HTMLElement>(held.includes("hand") ? ".hand" : ".tile") ?? item.querySelector<HTMLElement>(".tile"))?.focus();
    return item;
  }

  private trouble(row: RoomRow): string {
    if (row.gone !== null) return t("Link lost {time}", { time: clockText(Math.floor(serverNow() / 1000 - row.gone)) });
    if (!row.joined) return t("Not joined");
    return row.link !== "none" && row.quality === 1 ? t("Audio + slides") : "";
  }

  private face(row: RoomRow, trouble: string): HTMLButtonElement {
    const staged = this.stage === row.reception;
    const heads = row.present === null ? t("{n} pupils", { n: row.enrolled }) : t("{present} / {enrolled} present", { present: row.present, enrolled: row.enrolled });
    const first = staged ? make("b", { class: "t-cue" }, t("on stage")) : make("span", {}, row.class);
    const facts = [first, make("span", {}, heads)];
    const over = trouble && make("span", { class: "over" }, this.troubleIcon(row), make("span", {}, trouble), ...(staged ? [first] : facts.slice(1)));
    const picture = make("span", { class: "pic" }, ...(over ? [over] : [make("span", { class: "heads" }, ...facts)]));
    const caption = make("span", { class: "cap" }, linkSign(row), make("b", { class: "grow" }, row.name));
    const tile = make("button", { type: "button", class: staged ? "tile stage" : "tile", title: `${row.name} ${row.class}` }, picture, caption);
    if (!staged && row.joined) tile.append(make("span", { class: "sr" }, t("Call on stage")));
    tile.setAttribute("aria-pressed", String(staged));
    tile.addEventListener("click", () => this.actions.call(row));
    return tile;
  }

  private troubleIcon(row: RoomRow): SVGSVGElement {
    return row.joined ? icon("volume") : icon("antenna-bars-off");
  }

  private hand(row: RoomRow, place: number): HTMLButtonElement {
    const words = t("Lower the hand of {name}, number {n}", { name: row.name, n: place });
    const button = make("button", { type: "button", class: "hand", "aria-label": words, title: words }, icon("hand-stop", "i-sm"), String(place));
    button.addEventListener("click", () => this.actions.lowerHand(row));
    return button;
  }

  private count(): void {
    const hands = this.rows.filter((row) => row.hand !== null).length;
    const joined = this.rows.filter((row) => row.joined);
    this.parts.say("online", `${joined.length} / ${this.rows.length}`);
    this.parts.say("pupils", String(joined.reduce((sum, row) => sum + (row.present ?? row.enrolled), 0)));
    const box = this.parts.get("hands");
    if (box.dataset["n"] !== String(hands)) {
      box.dataset["n"] = String(hands);
      box.replaceChildren(...(hands ? [icon("hand-stop", "i-sm"), t("Hands"), make("b", {}, String(hands))] : []));
    }
    this.tell(hands);
  }

  /** For people who hear the page: the counts, at most every 10 s. */
  private tell(hands: number): void {
    const now = performance.now();
    if (now - this.countedAt < COUNTED_EVERY) return;
    this.countedAt = now;
    let region = document.getElementById("studio-counts");
    if (!region) {
      region = make("p", { id: "studio-counts", class: "sr", role: "status" });
      this.parts.root.append(region);
    }
    const text = hands ? t("{n} classes raise their hand", { n: hands }) : "";
    if (region.textContent !== text) region.textContent = text;
  }
}
