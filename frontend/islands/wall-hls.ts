/** The lesson by HLS: hls.js where the browser has media source extensions, else the panel's own player. */
import type Hls from "hls.js";
import { reachable } from "./push";

const STALLED_AFTER = 10_000;
const AGAIN_AFTER = 1000;
const NATIVE = "application/vnd.apple.mpegurl";

export class HlsPicture {
  /** Grows with each new player: counters of two players have nothing to do with each other. */
  generation = 0;
  private player: Hls | null = null;
  private running = false;
  private movedAt = 0;
  private time = -1;
  /** The newest segment of the playlist; -1 where the player does not tell. */
  private newest = -1;
  /** Since when there is something newer than what is shown; null: nothing. */
  private newerSince: number | null = null;
  private watching = 0;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly url: string,
    private readonly onBlocked: () => void,
  ) {}

  get on(): boolean {
    return this.running;
  }

  /** When the shown moment was taken, in milliseconds since 1970 by the server's clock; null where it is not told. */
  get taken(): number | null {
    if (this.player) return this.player.playingDate?.getTime() ?? null;
    const began = startOf(this.video);
    return began && began.getTime() + this.video.currentTime * 1000;
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    this.watching = window.setInterval(() => this.watch(), 1000);
    void this.open();
  }

  stop(): void {
    this.running = false;
    window.clearInterval(this.watching);
    this.close();
  }

  /** The network may be a black hole: requests that hang would fill the browser's pool. Go on when the server answers. */
  async holdUntilReachable(): Promise<void> {
    this.player?.stopLoad();
    await reachable();
    this.player?.startLoad();
  }

  private async open(): Promise<void> {
    this.close();
    this.generation += 1;
    this.newest = -1;
    this.newerSince = null;
    this.movedAt = performance.now();
    const generation = this.generation;
    const { default: Player } = await import("hls.js/light");
    if (!this.running || generation !== this.generation) return;
    if (Player.isSupported()) this.openWith(Player);
    else this.openNative();
    this.video.play().catch((error: unknown) => {
      if ((error as DOMException).name === "NotAllowedError") this.onBlocked();
    });
  }

  private openWith(Player: typeof Hls): void {
    const player = (this.player = new Player({
      liveSyncDurationCount: 2,
      liveMaxLatencyDurationCount: 6,
      maxLiveSyncPlaybackRate: 1.2,
      backBufferLength: 10,
    }));
    player.on(Player.Events.LEVEL_UPDATED, (_event, { details }) => {
      if (details.endSN !== this.newest) this.newerSince ??= performance.now();
      this.newest = details.endSN;
    });
    player.on(Player.Events.ERROR, (_event, { fatal, type }) => {
      if (!fatal) return;
      if (type === Player.ErrorTypes.MEDIA_ERROR) player.recoverMediaError();
      else window.setTimeout(() => this.player === player && this.running && void this.open(), AGAIN_AFTER);
    });
    player.loadSource(this.url);
    player.attachMedia(this.video);
  }

  /** The panel's own player: it says nothing when it gives up but `error`. */
  private openNative(): void {
    if (!this.video.canPlayType(NATIVE)) return;
    const { generation } = this;
    this.video.src = this.url;
    const again = (): void => {
      if (this.running && generation === this.generation) void this.open();
    };
    this.video.addEventListener("error", () => window.setTimeout(again, AGAIN_AFTER), { once: true });
  }

  private watch(): void {
    const now = performance.now();
    if (this.video.currentTime !== this.time) {
      this.movedAt = now;
      this.newerSince = null;
    }
    this.time = this.video.currentTime;
    // While the lesson itself brings nothing new, another player would show its last seconds over and over.
    const since = this.newest < 0 ? this.movedAt : this.newerSince;
    if (since !== null && now - since > STALLED_AFTER) void this.open();
  }

  private close(): void {
    this.player?.destroy();
    this.player = null;
    this.video.removeAttribute("src");
    this.video.load();
  }
}

/** When the panel's own player began, where it tells: Safari reads it from the playlist. */
function startOf(video: HTMLVideoElement): Date | null {
  const date = (video as { getStartDate?: () => Date }).getStartDate?.();
  return date && !Number.isNaN(date.getTime()) ? date : null;
}
