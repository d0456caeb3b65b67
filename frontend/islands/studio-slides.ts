/** Slides: turned at once on this page, for everybody when the server has it. */
import type { Session, Slide } from "./lesson";
import type { Command, Parts } from "./studio-shapes";
import { t } from "./text";

const FORTH = new Set(["ArrowRight", "PageDown"]);
const BACK = new Set(["ArrowLeft", "PageUp"]);

export class SlidesView {
  private confirmed: string | null = null;
  private wanted: string | null = null;
  private sending = false;

  constructor(
    private readonly parts: Parts,
    private readonly slides: readonly Slide[],
    private readonly command: Command,
    private readonly active: () => boolean,
    signal: AbortSignal,
  ) {
    parts.show("noslides", slides.length === 0);
    parts.press("back", () => this.turn(-1), signal);
    parts.press("forth", () => this.turn(1), signal);
    document.addEventListener("keydown", (event) => this.key(event), { signal });
  }

  draw(session: Session): void {
    this.confirmed = session.slide ?? null;
    if (this.wanted === this.confirmed) this.wanted = null;
    this.paint();
  }

  private get index(): number {
    const shown = this.wanted ?? this.confirmed;
    return this.slides.findIndex((slide) => slide.id === shown);
  }

  private turn(by: number): void {
    const next = this.slides[this.index + by];
    if (!next || !this.active()) return;
    this.wanted = next.id;
    this.paint();
    void this.send();
  }

  /** Quick presses are sent as the last one of them. */
  private async send(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    while (this.wanted !== null && this.wanted !== this.confirmed) {
      const slide: string = this.wanted;
      const done = await this.command("slide", { slide });
      if (done) this.confirmed = slide;
      if (this.wanted === slide) this.wanted = null;
    }
    this.sending = false;
    this.paint();
  }

  private key(event: KeyboardEvent): void {
    const busy = (event.target as Element).closest("input, select, textarea, dialog");
    if (busy || event.ctrlKey || event.altKey || event.metaKey || !this.active()) return;
    if (!FORTH.has(event.key) && !BACK.has(event.key)) return;
    event.preventDefault();
    this.turn(FORTH.has(event.key) ? 1 : -1);
  }

  private paint(): void {
    const at = this.index;
    const slide = this.slides[at];
    const picture = this.parts.get<HTMLImageElement>("slide");
    const address = slide ? `/preparation/slides/${slide.id}` : "";
    picture.hidden = !slide;
    if (slide && picture.getAttribute("src") !== address) {
      picture.src = address;
      picture.alt = t("Slide {n}: {title}", { n: at + 1, title: slide.title });
      const coming = this.slides[at + 1];
      if (coming) new Image().src = `/preparation/slides/${coming.id}`;
    }
    this.parts.say("page", t("Slide {n} of {all}", { n: at + 1, all: this.slides.length }));
    this.parts.say("slidetitle", slide?.title ?? "");
    this.parts.get<HTMLButtonElement>("back").disabled = at <= 0;
    this.parts.get<HTMLButtonElement>("forth").disabled = at >= this.slides.length - 1;
  }
}
