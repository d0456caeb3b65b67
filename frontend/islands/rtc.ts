/**
 * Live media for the studio and the classroom: publish and receive through the signalling proxy at /rtc.
 *
 * One connection = one ticket. After any loss (network, media server, tab asleep) it comes back by itself with a new
 * ticket and a growing pause; it stops only when the right is gone, or the same participant came in elsewhere.
 */

export type State = "connecting" | "waiting" | "live" | "rejoining" | "blocked" | "replaced" | "ended";
export type Kind = "anchor" | "stage";
export interface Feed {
  feed: string;
  kind: Kind;
  display: string;
  since: number;
}
export interface Stats {
  kind: Kind;
  /** Frames decoded since the call began, over all rejoins: the evidence of reception. */
  framesDecoded: number;
  framesPerSecond: number;
  kilobitsPerSecond: number;
  lossPercent: number;
  concealedPercent: number;
}
interface Common {
  /** Gives a fresh ticket; null when there is no right any more. Throws when it should be tried again. */
  getTicket?: () => Promise<string | null>;
  /** Where to POST for a ticket: answers {"ticket": "..."}; 403, 404 and 410 mean that the right is gone. */
  ticketUrl?: string;
  onState?: (state: State) => void;
  onStats?: (stats: Stats) => void;
  onFeeds?: (feeds: Feed[]) => void;
  /** A feed not to be played: the classroom on stage does not want to hear itself. */
  exclude?: string;
}
export interface PublishOptions extends Common {
  stream: MediaStream;
  /** Where a classroom on stage is seen and heard. */
  stageVideo?: HTMLVideoElement;
}
export interface ReceiveOptions extends Common {
  video?: HTMLVideoElement;
  stageVideo?: HTMLVideoElement;
}
export interface Live {
  stop(): void;
  /** Frames decoded so far. */
  frames(kind?: Kind): number;
  /** Another camera or microphone, without a new connection. */
  replace(stream: MediaStream): Promise<void>;
}

const PAUSES = [300, 600, 1200, 2500, 5000];
const REPLACED = 4409;
const ANSWER_WITHIN = 8000;
const KEEPALIVE = 15000;
const STATS_EVERY = 2000;
const STALLED_AFTER = 8000;
const DISCONNECTED_FOR = 4000;
const MAX_BITRATE = 1_200_000;

export function publish(options: PublishOptions): Live {
  return keepUp(options, options.stream, screens(undefined, options.stageVideo));
}

export function receive(options: ReceiveOptions): Live {
  return keepUp(options, null, screens(options.video, options.stageVideo));
}

function screens(anchor?: HTMLVideoElement, stage?: HTMLVideoElement): Map<Kind, Screen> {
  const map = new Map<Kind, Screen>();
  if (anchor) map.set("anchor", new Screen(anchor));
  if (stage) map.set("stage", new Screen(stage));
  return map;
}

/** A video element and the count of what it has shown, over all connections. */
class Screen {
  total = 0;
  private current = 0;
  constructor(readonly video: HTMLVideoElement) {}

  count(framesOfThisConnection: number): number {
    if (framesOfThisConnection < this.current) this.current = 0;
    const grown = framesOfThisConnection - this.current;
    this.total += grown;
    this.current = framesOfThisConnection;
    return grown;
  }

  newConnection(): void {
    this.current = 0;
  }
}

function keepUp(options: Common, stream: MediaStream | null, shown: Map<Kind, Screen>): Live {
  let stopped = false;
  let present: Seat | null = null;
  let state: State | null = null;
  const tell = (next: State): void => {
    if (next !== state && !(stopped && next !== "ended")) options.onState?.((state = next));
  };
  const run = async (): Promise<void> => {
    let failures = 0;
    tell("connecting");
    while (!stopped) {
      const began = Date.now();
      try {
        const ticket = await ticketFor(options);
        if (ticket === null || stopped) break;
        present = new Seat(options, stream, shown, tell);
        const code = await present.live(ticket);
        if (code === REPLACED) return tell("replaced");
      } catch (error) {
        console.info("rtc:", error);
      }
      present = null;
      if (stopped) break;
      tell("rejoining");
      failures = Date.now() - began > 10_000 ? 0 : failures + 1;
      const pause = PAUSES[Math.min(failures, PAUSES.length - 1)] ?? 5000;
      await sleep(pause * (0.75 + Math.random() / 2));
    }
    tell("ended");
  };
  void run();
  return {
    stop: () => {
      stopped = true;
      present?.close();
      if (!present) tell("ended");
    },
    frames: (kind = "anchor") => shown.get(kind)?.total ?? 0,
    replace: async (next) => {
      stream = next;
      await present?.replace(next);
    },
  };
}

async function ticketFor(options: Common): Promise<string | null> {
  if (options.getTicket) return options.getTicket();
  if (!options.ticketUrl) throw new Error("give getTicket or ticketUrl");
  const csrf = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
  const answer = await fetch(options.ticketUrl, { method: "POST", headers: { "X-CSRFToken": csrf } });
  if ([403, 404, 410].includes(answer.status)) return null;
  if (!answer.ok) throw new Error(`no ticket: ${answer.status}`);
  const body = (await answer.json()) as { ticket: string };
  return body.ticket;
}

interface Reply {
  janus?: string;
  tongtang?: string;
  transaction?: string;
  sender?: number;
  feeds?: Feed[];
  reason?: string;
  error?: { code: number; reason: string };
  data?: { id: number };
  plugindata?: { data?: { error?: string; error_code?: number } };
  jsep?: RTCSessionDescriptionInit;
}
interface Subscription {
  feed: Feed;
  handle: number;
  peer: RTCPeerConnection;
  grownAt: number;
  last: { at: number; bytes: number; received: number; lost: number; samples: number; concealed: number };
}

/** One connection to /rtc, from its ticket to its end. */
class Seat {
  private readonly socket: WebSocket;
  private readonly waiting = new Map<string, { resolve: (reply: Reply) => void; ackIsAnswer: boolean }>();
  private readonly subscriptions = new Map<Kind, Subscription>();
  private readonly timers: number[] = [];
  private publisher: RTCPeerConnection | null = null;
  private publisherHandle = 0;
  private session = 0;
  private count = 0;
  private feeds: Feed[] = [];
  private following: Promise<void> = Promise.resolve();
  private welcome: (reply: Reply) => void = () => undefined;

  constructor(
    private readonly options: Common,
    private readonly stream: MediaStream | null,
    private readonly shown: Map<Kind, Screen>,
    private readonly tell: (state: State) => void,
  ) {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.socket = new WebSocket(`${scheme}//${location.host}/rtc`);
  }

  /** Resolves with the close code when the connection has ended. */
  async live(ticket: string): Promise<number> {
    const ended = new Promise<number>((resolve) => (this.socket.onclose = (event) => resolve(event.code)));
    this.socket.onmessage = (event) => this.take(JSON.parse(String(event.data)) as Reply);
    this.socket.onopen = () => this.socket.send(JSON.stringify({ tongtang: "redeem", ticket }));
    const work = this.begin();
    work.catch((error: unknown) => {
      console.info("rtc:", error);
      this.close();
    });
    const code = await ended;
    this.dispose();
    return code;
  }

  close(): void {
    this.socket.close();
    this.dispose();
  }

  async replace(stream: MediaStream): Promise<void> {
    for (const sender of this.publisher?.getSenders() ?? []) {
      const track = stream.getTracks().find((one) => one.kind === sender.track?.kind);
      if (track) await sender.replaceTrack(track);
    }
  }

  private async begin(): Promise<void> {
    const hello = await within(new Promise<Reply>((resolve) => (this.welcome = resolve)));
    if (hello.tongtang !== "redeemed") throw new Error(hello.reason ?? "refused");
    this.session = (await this.ask({ janus: "create" })).data?.id ?? 0;
    this.timers.push(window.setInterval(() => this.guarded(this.ask({ janus: "keepalive" })), KEEPALIVE));
    this.timers.push(window.setInterval(() => this.guarded(this.measure()), STATS_EVERY));
    this.follow(hello.feeds ?? []);
    if (this.stream) await this.publish(this.stream);
  }

  private guarded(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (this.socket.readyState === WebSocket.OPEN) console.info("rtc:", error);
      this.close();
    });
  }

  private take(reply: Reply): void {
    if (reply.tongtang === "feeds") return this.follow(reply.feeds ?? []);
    if (reply.tongtang) return this.welcome(reply);
    const waiting = this.waiting.get(reply.transaction ?? "");
    if (waiting && (reply.janus !== "ack" || waiting.ackIsAnswer)) {
      this.waiting.delete(reply.transaction ?? "");
      waiting.resolve(reply);
    } else if (reply.janus === "hangup" || reply.janus === "timeout") {
      this.lost(reply.sender ?? 0);
    }
  }

  /** Janus ended a peer connection: ours to publish means a new start, a subscription follows the list of feeds. */
  private lost(handle: number): void {
    const subscription = [...this.subscriptions.values()].find((one) => one.handle === handle);
    if (handle === this.publisherHandle) return this.close();
    if (!subscription) return;
    window.setTimeout(() => {
      if (this.subscriptions.get(subscription.feed.kind) === subscription) this.close();
    }, 2000);
  }

  private async ask(message: object, handle?: number): Promise<Reply> {
    const transaction = `t${++this.count}`;
    const asked: Record<string, unknown> = { ...message, transaction };
    if (this.session) asked["session_id"] = this.session;
    if (handle) asked["handle_id"] = handle;
    const ackIsAnswer = asked["janus"] !== "message";
    const answer = new Promise<Reply>((resolve) => this.waiting.set(transaction, { resolve, ackIsAnswer }));
    if (this.socket.readyState !== WebSocket.OPEN) throw new Error("the connection is closing");
    this.socket.send(JSON.stringify(asked));
    const reply = await within(answer);
    const data = reply.plugindata?.data;
    if (reply.janus === "error") throw new Error(reply.error?.reason ?? "refused");
    if (data?.error_code) throw new Error(data.error ?? "refused");
    return reply;
  }

  private async attach(): Promise<number> {
    const reply = await this.ask({ janus: "attach", plugin: "janus.plugin.videoroom" });
    return reply.data?.id ?? 0;
  }

  private peer(handle: number): RTCPeerConnection {
    const peer = new RTCPeerConnection();
    peer.onicecandidate = (event) => {
      const candidate = event.candidate ? event.candidate.toJSON() : { completed: true };
      if (this.socket.readyState !== WebSocket.OPEN) return;
      const { candidate: text, sdpMid, sdpMLineIndex } = candidate as RTCIceCandidateInit;
      const sent = event.candidate ? { candidate: text, sdpMid, sdpMLineIndex } : candidate;
      this.guarded(this.ask({ janus: "trickle", candidate: sent }, handle));
    };
    peer.onconnectionstatechange = () => {
      if (peer.connectionState === "failed") this.close();
      if (peer.connectionState !== "disconnected") return;
      window.setTimeout(() => {
        if (peer.connectionState === "disconnected") this.close();
      }, DISCONNECTED_FOR);
    };
    return peer;
  }

  private async publish(stream: MediaStream): Promise<void> {
    const handle = (this.publisherHandle = await this.attach());
    await this.ask({ janus: "message", body: { request: "join", ptype: "publisher" } }, handle);
    const peer = (this.publisher = this.peer(handle));
    for (const track of stream.getTracks()) {
      const transceiver = peer.addTransceiver(track, { direction: "sendonly", streams: [stream] });
      if (track.kind === "video") await shapeVideo(transceiver, track);
    }
    await peer.setLocalDescription();
    const jsep = { type: "offer", sdp: peer.localDescription?.sdp };
    const reply = await this.ask({ janus: "message", body: { request: "publish" }, jsep }, handle);
    if (!reply.jsep) throw new Error("no answer to the offer");
    await peer.setRemoteDescription(reply.jsep);
    await until(() => peer.connectionState === "connected");
    this.tell("live");
  }

  /** Play the newest feed of each kind that has a screen; changes are made one after the other. */
  private follow(feeds: Feed[]): void {
    this.feeds = feeds;
    this.options.onFeeds?.(feeds);
    this.following = this.following.then(async () => {
      for (const kind of this.shown.keys()) await this.tune(kind);
    });
    this.guarded(this.following);
  }

  private async tune(kind: Kind): Promise<void> {
    const candidates = this.feeds.filter((feed) => feed.kind === kind && feed.feed !== this.options.exclude);
    const wanted = candidates.sort((a, b) => b.since - a.since)[0];
    const old = this.subscriptions.get(kind);
    if (old && old.feed.feed === wanted?.feed && old.feed.since === wanted.since) return;
    if (old) {
      this.subscriptions.delete(kind);
      old.peer.close();
      await this.ask({ janus: "detach" }, old.handle);
    }
    if (wanted) await this.subscribe(wanted);
    else this.goneDark(kind);
  }

  private goneDark(kind: Kind): void {
    const screen = this.shown.get(kind);
    if (screen) screen.video.srcObject = null;
    if (kind === "anchor" && !this.stream) this.tell("waiting");
  }

  private async subscribe(feed: Feed): Promise<void> {
    const screen = this.shown.get(feed.kind);
    if (!screen) return;
    const handle = await this.attach();
    const body = { request: "join", ptype: "subscriber", streams: [{ feed: feed.feed }] };
    const offer = await this.ask({ janus: "message", body }, handle);
    if (!offer.jsep) throw new Error("no offer");
    const peer = this.peer(handle);
    const stream = new MediaStream();
    peer.ontrack = (event) => stream.addTrack(event.track);
    await peer.setRemoteDescription(offer.jsep);
    await peer.setLocalDescription();
    const jsep = { type: "answer", sdp: peer.localDescription?.sdp };
    await this.ask({ janus: "message", body: { request: "start" }, jsep }, handle);
    screen.newConnection();
    screen.video.srcObject = stream;
    screen.video.play().catch((error: unknown) => {
      // Sound needs a first touch of the page; an AbortError only means that a newer stream took over.
      if ((error as DOMException).name === "NotAllowedError") this.tell("blocked");
    });
    const now = Date.now();
    const last = { at: now, bytes: 0, received: 0, lost: 0, samples: 0, concealed: 0 };
    this.subscriptions.set(feed.kind, { feed, handle, peer, grownAt: now, last });
  }

  private async measure(): Promise<void> {
    for (const subscription of this.subscriptions.values()) {
      const screen = this.shown.get(subscription.feed.kind);
      if (screen) this.report(subscription, screen, await subscription.peer.getStats());
    }
  }

  private report(subscription: Subscription, screen: Screen, report: RTCStatsReport): void {
    const now = { at: Date.now(), bytes: 0, received: 0, lost: 0, samples: 0, concealed: 0 };
    let grown = 0;
    report.forEach((row: Record<string, number | string>) => {
      if (row["type"] !== "inbound-rtp") return;
      const figure = (name: string): number => Number(row[name] ?? 0);
      now.bytes += figure("bytesReceived");
      now.received += figure("packetsReceived");
      now.lost += figure("packetsLost");
      now.samples += figure("totalSamplesReceived");
      now.concealed += figure("concealedSamples");
      if (row["kind"] === "video") grown = screen.count(figure("framesDecoded"));
    });
    const { feed, last } = subscription;
    if (grown > 0) subscription.grownAt = now.at;
    if (grown > 0 && feed.kind === "anchor" && !screen.video.paused) this.tell("live");
    const seconds = Math.max(0.001, (now.at - last.at) / 1000);
    const lost = now.lost - last.lost;
    this.options.onStats?.({
      kind: feed.kind,
      framesDecoded: screen.total,
      framesPerSecond: grown / seconds,
      kilobitsPerSecond: ((now.bytes - last.bytes) * 8) / 1000 / seconds,
      lossPercent: percent(lost, lost + now.received - last.received),
      concealedPercent: percent(now.concealed - last.concealed, now.samples - last.samples),
    });
    subscription.last = now;
    // A silent classroom on stage must not cost the lesson's own picture.
    if (feed.kind === "anchor" && now.at - subscription.grownAt > STALLED_AFTER) throw new Error(`no picture of ${feed.kind}`);
  }

  private dispose(): void {
    this.timers.splice(0).forEach((timer) => window.clearInterval(timer));
    this.publisher?.close();
    this.publisher = null;
    this.subscriptions.forEach((subscription) => subscription.peer.close());
    this.subscriptions.clear();
  }
}

/** H.264 alone (HLS and recordings copy it), no simulcast, a full picture rather than a fluent one. */
async function shapeVideo(transceiver: RTCRtpTransceiver, track: MediaStreamTrack): Promise<void> {
  const codecs = RTCRtpReceiver.getCapabilities("video")?.codecs ?? [];
  const wanted = codecs.filter((codec) => codec.mimeType === "video/H264" && /packetization-mode=1/.test(codec.sdpFmtpLine ?? ""));
  const baseline = wanted.filter((codec) => /profile-level-id=42/.test(codec.sdpFmtpLine ?? ""));
  const repair = codecs.filter((codec) => codec.mimeType === "video/rtx");
  if (wanted.length) transceiver.setCodecPreferences([...(baseline.length ? baseline : wanted), ...repair]);
  const { width = 1280, height = 720 } = track.getSettings();
  const parameters = transceiver.sender.getParameters();
  const share = Math.min(1, Math.max(0.35, (width * height) / (1280 * 720)));
  for (const encoding of parameters.encodings) encoding.maxBitrate = Math.round(MAX_BITRATE * share);
  // A picture that changes its size would break copied segments, and pupils have to read the board.
  (parameters as { degradationPreference?: string }).degradationPreference = "maintain-resolution";
  await transceiver.sender.setParameters(parameters);
}

function percent(part: number, whole: number): number {
  return whole > 0 ? Math.max(0, (100 * part) / whole) : 0;
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => window.setTimeout(resolve, milliseconds));
}

function within<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = window.setTimeout(() => reject(new Error("no answer")), ANSWER_WITHIN);
    work.then(resolve, reject).finally(() => window.clearTimeout(timer));
  });
}

async function until(reached: () => boolean): Promise<void> {
  const end = Date.now() + ANSWER_WITHIN;
  while (!reached()) {
    if (Date.now() > end) throw new Error("no media connection");
    await sleep(50);
  }
}
