/**
 * The lesson's picture in a receiving classroom: WebRTC where there is a place and it holds, else HLS.
 *
 * Both have a video element of their own, and the one whose picture moves is shown and heard; so a change of way costs
 * no picture. WebRTC without a picture for 6 s starts HLS beside it; once WebRTC has held for 3 s, HLS stops. Where only HLS
 * works for half a minute, WebRTC is tried again after a minute, later less often.
 */
import { type Live, receive, type Stats } from "./rtc";
import type { LinkState, Look } from "./received";
import { HlsPicture } from "./wall-hls";

export interface MediaOptions {
  readonly rtcVideo: HTMLVideoElement;
  readonly hlsVideo: HTMLVideoElement;
  readonly stageVideo: HTMLVideoElement;
  readonly hlsUrl: string;
  /** The classroom's own feed, which it does not want to hear. */
  readonly ownFeed: string;
  /** A ticket, or null where the places of WebRTC are taken. */
  readonly ticket: () => Promise<string | null>;
  /** Whether the lesson has HLS by now. */
  readonly hasHls: () => boolean;
  readonly onBlocked: () => void;
  readonly onStageSeen: (seen: boolean) => void;
  readonly onChange: () => void;
}

type Way = "webrtc" | "hls";

const LOOK_EVERY = 500;
const FRESH = 2000;
const NO_PICTURE = 6000;
const HOLDS = 3000;
const GIVE_UP = 30_000;
const FIRST_PAUSE = 60_000;
const LONGEST_PAUSE = 300_000;
const ASK_AGAIN = 15_000;

/** When a video's picture last moved, and since when without a break. */
class Motion {
  frames: number | null = null;
  movedAt = Number.NEGATIVE_INFINITY;
  since = Number.NEGATIVE_INFINITY;
  private time = 0;

  constructor(readonly video: HTMLVideoElement) {}

  look(now: number): void {
    const frames = decodedFrames(this.video);
    const moved = frames === null ? this.video.currentTime > this.time : this.frames !== null && frames > this.frames;
    this.frames = frames;
    this.time = this.video.currentTime;
    if (!moved) return;
    if (now - this.movedAt > FRESH) this.since = now;
    this.movedAt = now;
  }

  isFresh(now: number): boolean {
    return now - this.movedAt < FRESH;
  }
}

export class WallMedia {
  private readonly rtc: Motion;
  private readonly hls: Motion;
  private readonly stage: Motion;
  private readonly picture: HlsPicture;
  private live: Live | null = null;
  private stats: Stats | null = null;
  private timer = 0;
  private shown: Way = "webrtc";
  private rtcSince = 0;
  private tryAt = 0;
  private pauseNext = FIRST_PAUSE;
  private silent = false;
  private wasFresh = false;

  constructor(private readonly options: MediaOptions) {
    this.rtc = new Motion(options.rtcVideo);
    this.hls = new Motion(options.hlsVideo);
    this.stage = new Motion(options.stageVideo);
    this.picture = new HlsPicture(options.hlsVideo, options.hlsUrl, () => this.block());
  }

  start(): void {
    if (this.timer) return;
    this.timer = window.setInterval(() => this.tick(performance.now()), LOOK_EVERY);
    this.startRtc(performance.now());
  }

  stop(): void {
    window.clearInterval(this.timer);
    this.timer = 0;
    this.stopRtc();
    this.picture.stop();
  }

  /** The media server is a new one, or the classroom was called up: try WebRTC at once. */
  again(): void {
    this.pauseNext = FIRST_PAUSE;
    if (this.timer && !this.live) this.startRtc(performance.now());
  }

  networkLost(): void {
    if (this.picture.on) void this.picture.holdUntilReachable();
  }

  /** A touch of the page allows sound. */
  sound(): void {
    this.silent = false;
    this.listen();
    for (const { video } of [this.rtc, this.hls, this.stage]) video.play().catch(() => undefined);
  }

  look(): Look {
    if (this.shown === "webrtc") {
      return { source: "webrtc", frames: decodedFrames(this.rtc.video), mediaTime: null, taken: null };
    }
    const { video } = this.hls;
    const { generation, taken } = this.picture;
    return { source: `hls-${generation}`, frames: decodedFrames(video), mediaTime: video.currentTime, taken };
  }

  link(): LinkState {
    const now = performance.now();
    if (this.shown === "hls" && this.hls.isFresh(now)) return { link: "hls", quality: 2 };
    if (!this.rtc.isFresh(now)) return { link: this.picture.on || !this.live ? "none" : "webrtc", quality: 0 };
    const { framesPerSecond = 15, lossPercent = 0 } = this.stats ?? {};
    return { link: "webrtc", quality: framesPerSecond >= 10 && lossPercent < 5 ? 3 : 2 };
  }

  get moves(): boolean {
    return (this.shown === "hls" ? this.hls : this.rtc).isFresh(performance.now());
  }

  private startRtc(now: number): void {
    // An old panel takes no place that it cannot use.
    if (!("RTCPeerConnection" in window)) return;
    this.rtcSince = now;
    this.stats = null;
    const live = (this.live = receive({
      video: this.options.rtcVideo,
      stageVideo: this.options.stageVideo,
      exclude: this.options.ownFeed,
      getTicket: () => this.options.ticket(),
      onStats: (stats) => {
        if (stats.kind === "anchor") this.stats = stats;
      },
      onState: (state) => {
        if (state === "blocked") this.block();
        if (state === "ended" || state === "replaced") this.ended(live);
      },
    }));
  }

  private stopRtc(): void {
    const live = this.live;
    this.live = null;
    live?.stop();
  }

  /** There was no place, or none any more. */
  private ended(live: Live): void {
    if (this.live !== live) return;
    this.live = null;
    this.tryAt = performance.now() + ASK_AGAIN;
  }

  private tick(now: number): void {
    for (const motion of [this.rtc, this.hls, this.stage]) motion.look(now);
    this.chooseWays(now);
    const rtcFresh = this.rtc.isFresh(now);
    if (rtcFresh || this.hls.isFresh(now)) this.show(rtcFresh ? "webrtc" : "hls");
    this.options.onStageSeen(this.stage.isFresh(now));
    if (this.moves !== this.wasFresh) this.options.onChange();
    this.wasFresh = this.moves;
  }

  private chooseWays(now: number): void {
    const without = now - Math.max(this.rtc.movedAt, this.rtcSince);
    if (!this.picture.on && this.options.hasHls() && (!this.live || without > NO_PICTURE)) this.picture.start();
    if (this.picture.on && this.rtc.isFresh(now) && now - this.rtc.since > HOLDS) this.picture.stop();
    if (this.rtc.isFresh(now) && now - this.rtc.since > GIVE_UP) this.pauseNext = FIRST_PAUSE;
    if (this.live && this.hls.isFresh(now) && without > GIVE_UP) this.restRtc(now);
    if (!this.live && now > this.tryAt && !this.hls.isFresh(now)) this.startRtc(now);
    else if (!this.live && this.resting && now > this.tryAt) this.startRtc(now);
  }

  private resting = false;

  private restRtc(now: number): void {
    this.stopRtc();
    this.resting = true;
    this.tryAt = now + this.pauseNext;
    this.pauseNext = Math.min(LONGEST_PAUSE, this.pauseNext * 2);
  }

  private show(way: Way): void {
    this.options.rtcVideo.hidden = way !== "webrtc";
    this.options.hlsVideo.hidden = way !== "hls";
    if (way !== this.shown) this.options.onChange();
    this.shown = way;
    this.listen();
  }

  /** One way is heard, the other is silent. */
  private listen(): void {
    this.options.rtcVideo.muted = this.silent || this.shown !== "webrtc";
    this.options.hlsVideo.muted = this.silent || this.shown !== "hls";
    this.options.stageVideo.muted = this.silent;
  }

  /** The browser wants a touch before sound: picture first, sound after the touch. */
  private block(): void {
    if (this.silent) return;
    this.silent = true;
    this.listen();
    for (const { video } of [this.rtc, this.hls, this.stage]) video.play().catch(() => undefined);
    this.options.onBlocked();
  }
}

/** Frames decoded so far; null where an old panel does not tell. */
export function decodedFrames(video: HTMLVideoElement): number | null {
  const quality = video.getVideoPlaybackQuality?.();
  return quality?.totalVideoFrames ?? (video as { webkitDecodedFrameCount?: number }).webkitDecodedFrameCount ?? null;
}
