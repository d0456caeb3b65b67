/** The receiving classroom's screen: one press, then everything by itself until the lesson ends. */
import { defineIsland } from "./element";
import { newUuid } from "./identity";
import { newer, type Room, type Session, type WallSnapshot } from "./lesson";
import { type Connection, connect, getJson, post, type PushEvent, type PushState, RequestRefused } from "./push";
import { handOverLeftovers, ReceivedReport, type Will } from "./received";
import { adjustClock } from "./time";
import { WallMedia } from "./wall-media";
import { fillScreen, stayAwake } from "./wall-screen";
import { type StageState, WallStage } from "./wall-stage";
import { type Phase, WallView } from "./wall-view";
import { startWorker } from "./worker";

const ENTERED = "tongtang.entered";

class Wall {
  private readonly view: WallView;
  private readonly media: WallMedia;
  private readonly stage: WallStage;
  private readonly client: string;
  private session: Session;
  private push: PushState = "connecting";
  private own: StageState = "off";
  private stageSeen = false;
  private entered = false;
  private joining: Promise<void> | null = null;
  private stream: Connection | null = null;
  private willToken = "";

  constructor(
    private readonly root: HTMLElement,
    private readonly snapshot: WallSnapshot,
    private readonly signal: AbortSignal,
  ) {
    this.session = snapshot.session;
    this.client = clientOf(snapshot.reception);
    this.view = new WallView(root);
    this.stage = new WallStage({
      preview: this.view.part<HTMLVideoElement>("preview"),
      cameraUrl: this.address("camera"),
      ticket: () => this.ticket("stage"),
      onState: (state) => this.onStage(state),
    });
    this.media = this.makeMedia();
  }

  run(): void {
    this.view.part("enter").addEventListener("click", () => this.enter(true), { signal: this.signal });
    this.view.part("sound").addEventListener("click", () => this.sound(), { signal: this.signal });
    const ticking = window.setInterval(() => this.tick(), 1000);
    this.stream = connect({
      ticketUrl: this.address("pushTicket"),
      onEvent: (event) => this.take(event),
      onResync: () => this.resync(),
      onState: (state) => this.onPush(state),
    });
    this.signal.addEventListener("abort", () => {
      window.clearInterval(ticking);
      this.stream?.close();
      this.media.stop();
      this.stage.set(false);
    });
    this.view.room(this.snapshot.room);
    this.apply();
    void startWorker(this.address("worker"));
    void handOverLeftovers();
    // What a killed tab left counts as left only some seconds after its last word.
    const asking = window.setInterval(() => void handOverLeftovers(), 20_000);
    this.signal.addEventListener("abort", () => window.clearInterval(asking));
    // A reload in mid-lesson (a crash, a power cut): nobody has to press again.
    if (sessionStorage.getItem(ENTERED) === this.snapshot.reception) this.enter(false);
  }

  private makeMedia(): WallMedia {
    return new WallMedia({
      rtcVideo: this.view.part<HTMLVideoElement>("webrtc"),
      hlsVideo: this.view.part<HTMLVideoElement>("hls"),
      stageVideo: this.view.part<HTMLVideoElement>("stage"),
      hlsUrl: `/live/${this.snapshot.lesson}/live.m3u8`,
      ownFeed: `stage.stage-${this.snapshot.reception}`,
      ticket: () => this.ticket("receive"),
      hasHls: () => Boolean(this.session.hls),
      onBlocked: () => this.view.show("sound", true),
      onStageSeen: (seen) => this.onStageSeen(seen),
      onChange: () => this.showLink(),
    });
  }

  private address(name: string): string {
    return this.root.dataset[name] ?? "";
  }

  private enter(pressed: boolean): void {
    if (this.entered) return;
    this.entered = true;
    sessionStorage.setItem(ENTERED, this.snapshot.reception);
    if (pressed) {
      void fillScreen();
      this.media.sound();
    }
    stayAwake(this.signal);
    this.join().catch((error: unknown) => console.info("join:", error));
    new ReceivedReport(
      {
        url: this.address("received"),
        client: this.client,
        startsAt: this.snapshot.starts_at * 1000,
        leaveWill: (will) => this.leaveWill(will),
      },
      () => this.media.look(),
      (second) => this.inLesson(second),
      () => (this.phase() === "live" ? this.media.link() : { link: "none", quality: 0 }),
    ).run(this.signal);
    this.apply();
  }

  /** Once, however many wait for it; again after a failure. */
  private join(): Promise<void> {
    this.joining ??= this.sayJoined().catch((error: unknown) => {
      this.joining = null;
      throw error;
    });
    return this.joining;
  }

  private async sayJoined(): Promise<void> {
    const body = { client: this.client };
    const joined = await post<{ now: number; will_token: string }>(this.address("join"), body, { signal: this.signal });
    adjustClock(joined.now * 1000);
    this.willToken = joined.will_token;
    this.apply();
  }

  private leaveWill(will: Will | null): void {
    if (!will) this.stream?.deposit("");
    else if (this.willToken) this.stream?.deposit(JSON.stringify({ token: this.willToken, ...will }));
  }

  /** Seconds of the planned slot in which the lesson itself ran. */
  private inLesson(second: number): boolean {
    const { starts_at, ends_at } = this.snapshot;
    const first = Math.max(0, Math.floor((this.session.started_at ?? Number.POSITIVE_INFINITY) - starts_at));
    return second >= first && second < ends_at - starts_at;
  }

  private phase(): Phase {
    if (this.push === "refused") return "closed";
    if (this.session.state === "ended" || this.session.state === "cancelled") return this.session.state;
    if (!this.entered) return "enter";
    return this.session.started_at ? "live" : "waiting";
  }

  private apply(): void {
    const phase = this.phase();
    this.view.phase(phase, this.snapshot);
    this.view.session(this.session, this.snapshot);
    const onAir = this.entered && (phase === "live" || (phase === "waiting" && this.session.state === "open"));
    if (onAir) this.media.start();
    else this.media.stop();
    const stage = this.session.stage ?? null;
    this.stage.set(phase === "live" && stage?.reception === this.snapshot.reception);
    this.view.stage(phase === "live" ? (stage?.name ?? null) : null, this.own, this.stageSeen);
    this.showLink();
  }

  private tick(): void {
    this.view.clock();
    if (this.phase() === "live") this.showLink();
    else this.view.phase(this.phase(), this.snapshot);
  }

  private showLink(): void {
    this.view.link(this.media.link(), this.media.moves, this.push, this.phase() === "live");
  }

  private take({ event, data }: PushEvent): void {
    if (event === "session") this.change(data as Session);
    if (event === "room") this.view.room(data as Room);
  }

  private change(session: Session): void {
    const before = this.session;
    this.session = newer(before, session);
    const called = this.session.stage?.reception === this.snapshot.reception && before.stage?.reception !== this.snapshot.reception;
    if (called || (before.media_epoch ?? 0) !== (this.session.media_epoch ?? 0)) this.media.again();
    this.apply();
  }

  private async resync(): Promise<void> {
    const fresh = await getJson<WallSnapshot>(this.address("snapshot"), { total: 10_000 });
    Object.assign(this.snapshot, { slides: fresh.slides, steps: fresh.steps });
    this.view.room(fresh.room);
    this.change(fresh.session);
  }

  private onPush(state: PushState): void {
    const lost = state === "lost" && this.push !== "lost";
    this.push = state;
    if (lost) this.media.networkLost();
    this.apply();
  }

  private onStage(state: StageState): void {
    this.own = state;
    this.view.stage(this.session.stage?.name ?? null, this.own, this.stageSeen);
  }

  private onStageSeen(seen: boolean): void {
    if (seen === this.stageSeen) return;
    this.stageSeen = seen;
    this.view.stage(this.session.stage?.name ?? null, this.own, seen);
  }

  private sound(): void {
    this.view.show("sound", false);
    void fillScreen();
    this.media.sound();
  }

  /** A place is given to a screen that has joined: asked before, the server would send it to HLS. */
  private async ticket(purpose: "receive" | "stage"): Promise<string | null> {
    await this.join();
    try {
      const body = { client: this.client, purpose };
      return (await post<{ ticket: string }>(this.address("mediaTicket"), body, { signal: this.signal, total: 20_000 })).ticket;
    } catch (error) {
      if (error instanceof RequestRefused && [403, 404, 409].includes(error.status)) return null;
      throw error;
    }
  }
}

/** The same screen after a reload is the same client: it finds its place again. */
function clientOf(reception: string): string {
  const key = `tongtang.client.${reception}`;
  const client = sessionStorage.getItem(key) ?? newUuid();
  sessionStorage.setItem(key, client);
  return client;
}

export function wireWall(): void {
  defineIsland<WallSnapshot>("tong-wall", (root, { signal, config }) => {
    new Wall(root, { ...config }, signal).run();
  });
}
