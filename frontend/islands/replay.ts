/** `<lesson-replay>`: plays a recording (HLS), shows the slide of the moment, jumps to chapters. */
import Hls from "hls.js/light";
import { defineIsland, part } from "./element";
import { t } from "./text";
import { reportWatched } from "./watched";

interface ChapterButton {
  readonly button: HTMLButtonElement;
  readonly second: number;
}

const NATIVE = "application/vnd.apple.mpegurl";
const RETRY_MS = 3000;

export function clockOf(second: number): string {
  const whole = Math.floor(second);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Index of the last chapter that has begun; -1 before the first. */
export function chapterAt(seconds: readonly number[], now: number): number {
  let found = -1;
  seconds.forEach((second, index) => {
    if (second <= now + 0.05) found = index;
  });
  return found;
}

function chapterButtons(root: HTMLElement): ChapterButton[] {
  return [...root.querySelectorAll<HTMLButtonElement>("[data-second]")].map((button) => {
    const second = Number(button.dataset["second"]);
    part(button, "[data-clock]").textContent = clockOf(second);
    return { button, second };
  });
}

function tell(root: HTMLElement, sentence: string): void {
  const note = part(root, "[data-problem]");
  part(note, "span").textContent = sentence;
  note.hidden = sentence === "";
}

function attachHls(root: HTMLElement, video: HTMLVideoElement, playlist: string, signal: AbortSignal): void {
  const player = new Hls({ maxBufferLength: 30, backBufferLength: 60 });
  player.on(Hls.Events.ERROR, (_event, data) => {
    if (!data.fatal) return;
    if (data.type === Hls.ErrorTypes.MEDIA_ERROR) return player.recoverMediaError();
    tell(root, t("The recording stands still: the line is gone. It goes on by itself when the line is back."));
    setTimeout(() => {
      if (!signal.aborted) player.startLoad();
    }, RETRY_MS);
  });
  player.on(Hls.Events.FRAG_LOADED, () => tell(root, ""));
  player.loadSource(playlist);
  player.attachMedia(video);
  signal.addEventListener("abort", () => player.destroy());
}

function attach(root: HTMLElement, video: HTMLVideoElement, playlist: string, signal: AbortSignal): void {
  if (Hls.isSupported()) return attachHls(root, video, playlist, signal);
  if (video.canPlayType(NATIVE)) {
    video.src = playlist;
    return;
  }
  tell(root, t("This browser cannot play recordings. Open the page in a newer Chrome, Edge, Firefox or Safari."));
}

function showSlide(root: HTMLElement, chapters: readonly ChapterButton[], index: number): void {
  const image = root.querySelector<HTMLImageElement>("[data-slide]");
  if (!image) return;
  const shown = chapters.slice(0, index + 1).reverse().find(({ button }) => button.dataset["picture"]);
  const picture = shown?.button.dataset["picture"];
  image.hidden = !picture;
  if (!picture || image.getAttribute("src") === picture) return;
  image.src = picture;
  image.alt = shown?.button.dataset["title"] ?? "";
  part(root, "[data-slide-title]").textContent = image.alt;
}

function follow(root: HTMLElement, video: HTMLVideoElement, chapters: readonly ChapterButton[]): void {
  const index = chapterAt(
    chapters.map(({ second }) => second),
    video.currentTime,
  );
  chapters.forEach(({ button }, place) => {
    if (place === index) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  });
  showSlide(root, chapters, index);
}

/** Up and down move between chapters, as in a list; Enter jumps there. */
function moveFocus(event: KeyboardEvent, chapters: readonly ChapterButton[]): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const at = chapters.findIndex(({ button }) => button === document.activeElement);
  const next = step === undefined || at < 0 ? undefined : chapters[at + step];
  if (!next) return;
  event.preventDefault();
  next.button.focus();
}

defineIsland("lesson-replay", (root, { signal }) => {
  const video = part<HTMLVideoElement>(root, "video");
  const chapters = chapterButtons(root);
  for (const { button, second } of chapters) {
    button.addEventListener(
      "click",
      () => {
        video.currentTime = second;
        void video.play();
      },
      { signal },
    );
  }
  root.addEventListener("keydown", (event) => moveFocus(event, chapters), { signal });
  for (const name of ["timeupdate", "seeking", "loadedmetadata"]) {
    video.addEventListener(name, () => follow(root, video, chapters), { signal });
  }
  attach(root, video, root.dataset["playlist"] ?? "", signal);
  const received = root.dataset["received"];
  if (received) reportWatched(video, received, signal);
});
