/** The studio on the air: publishes camera and microphone, hears the stage, and before the lesson sees itself come back. */
import { post, RequestRefused } from "./push";
import { type Live, publish, receive, type State, type Stats } from "./rtc";
import { VoiceCard } from "./studio-card";

interface Options {
  readonly ticketUrl: string;
  readonly echo: HTMLVideoElement;
  readonly stage: HTMLVideoElement;
  /** Who teaches: stands on the card that is sent where there is no camera. */
  readonly teacher: string;
  /** Something to show has changed. */
  readonly onChange: () => void;
}

const GONE = new Set([403, 404, 409, 410]);
const FRESH = 6000;

export class StudioMedia {
  state: State | "off" = "off";
  /** Sound of the stage or the echo wants a touch of the page first. */
  blocked = false;
  private sending: Live | null = null;
  private kinds = "";
  private echoing: Live | null = null;
  private echo: Stats | null = null;
  private echoAt = 0;
  private stageAt = 0;
  private readonly card: VoiceCard;

  constructor(private readonly options: Options) {
    this.card = new VoiceCard(options.teacher);
  }

  /** Publish this stream from now on; another camera needs no new connection, another set of tracks does. */
  send(captured: MediaStream): void {
    const stream = this.withCard(captured);
    const kinds = stream.getTracks().map((track) => track.kind).sort().join();
    if (this.sending && kinds === this.kinds) {
      this.sending.replace(stream).catch(() => this.restart(stream, kinds));
      return;
    }
    this.restart(stream, kinds);
  }

  /** A voice without a camera goes with a card; a camera goes as it is. */
  private withCard(stream: MediaStream): MediaStream {
    const card = stream.getAudioTracks().length && !stream.getVideoTracks().length ? this.card.track : null;
    if (card) return new MediaStream([...stream.getAudioTracks(), card]);
    this.card.stop();
    return stream;
  }

  stop(): void {
    this.listen(false);
    this.card.stop();
    this.sending?.stop();
    this.sending = null;
    this.kinds = "";
    this.turn("off");
  }

  /** See and hear one's own feed as the server hands it out. */
  listen(on: boolean): void {
    if (on === Boolean(this.echoing)) return;
    this.echoing?.stop();
    this.echo = null;
    this.echoing = on
      ? receive({
          getTicket: () => this.ticket("receive"),
          video: this.options.echo,
          onState: (state) => this.sound(state),
          onStats: (stats) => this.back(stats),
        })
      : null;
    if (!on) this.options.echo.srcObject = null;
  }

  /** What came back in the last seconds; null when nothing did. */
  get returned(): Stats | null {
    return this.echo && performance.now() - this.echoAt < FRESH ? this.echo : null;
  }

  get stageSeen(): boolean {
    return performance.now() - this.stageAt < FRESH;
  }

  unblock(): void {
    this.blocked = false;
    for (const video of [this.options.stage, this.options.echo]) if (video.srcObject) void video.play();
  }

  private restart(stream: MediaStream, kinds: string): void {
    this.sending?.stop();
    this.sending = null;
    this.kinds = kinds;
    if (!kinds) return this.turn("off");
    // The first state comes before publish() returns.
    let mine: Live | null = null;
    mine = publish({
      stream,
      stageVideo: this.options.stage,
      getTicket: () => this.ticket("publish"),
      onState: (state) => {
        if (this.sending === mine) this.turn(state);
      },
      onStats: (stats) => {
        if (stats.framesPerSecond > 0) this.stageAt = performance.now();
        this.options.onChange();
      },
    });
    this.sending = mine;
  }

  private async ticket(purpose: "publish" | "receive"): Promise<string | null> {
    try {
      return (await post<{ ticket: string }>(this.options.ticketUrl, { purpose })).ticket;
    } catch (error) {
      if (error instanceof RequestRefused && GONE.has(error.status)) return null;
      throw error;
    }
  }

  private back(stats: Stats): void {
    if (stats.framesPerSecond > 0) {
      this.echo = stats;
      this.echoAt = performance.now();
    }
    this.options.onChange();
  }

  /** A blocked sound says so by its own state; the connection itself lives. */
  private sound(state: State): void {
    if (state === "blocked") this.blocked = true;
    this.options.onChange();
  }

  private turn(state: State | "off"): void {
    if (state === "blocked") this.blocked = true;
    else this.state = state;
    this.options.onChange();
  }
}
