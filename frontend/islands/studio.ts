/** The studio of the anchor teacher: device check and try-out, the lesson, what is left of it. */
import { defineIsland, make } from "./element";
import { icon } from "./icon";
import { newUuid } from "./identity";
import { newer, type Session } from "./lesson";
import { connect, getJson, post, type PushEvent, type PushState, RequestRefused } from "./push";
import { CheckView } from "./studio-check";
import { type DeviceKind, Devices, Meter, problemText } from "./studio-devices";
import { StudioMedia } from "./studio-media";
import { PollView } from "./studio-poll";
import { ScriptView } from "./studio-script";
import { type Command, type Note, Parts, type RoomRow, type StudioConfig, type StudioSnapshot, type Summary, type Tally } from "./studio-shapes";
import { SlidesView } from "./studio-slides";
import { StageView } from "./studio-stage";
import { drawOver, TopView } from "./studio-top";
import { WallOfRooms } from "./studio-wall";
import { t, tn } from "./text";
import { serverNow } from "./time";
import { toast } from "./toast";
import { stayAwake } from "./wall-screen";

type View = "check" | "deck" | "over";

const ROOMS_EVERY = 10_000;
const OPEN_AGAIN_AFTER = 5000;
const MOST_NOTES = 20;
/** What the server may do twice without harm; every other command carries a key. */
const IDEMPOTENT = new Set(["start", "end", "lower-hand"]);

/** The server's own sentence, else what to do when there was no answer. */
function sentenceOf(error: unknown): string {
  if (error instanceof RequestRefused && error.status > 0) {
    try {
      const { error: sentence } = JSON.parse(error.body) as { error?: string };
      if (sentence) return sentence;
    } catch {
      return t("Not done: the server answered {status}. Reload the page; the lesson goes on.", { status: error.status });
    }
  }
  return t("Not done: the link is down. The lesson goes on; press again once it is back.");
}

class Studio {
  private readonly parts: Parts;
  private readonly devices: Devices;
  private readonly meter: Meter;
  private readonly media: StudioMedia;
  private readonly check: CheckView;
  private readonly top: TopView;
  private readonly slides: SlidesView;
  private readonly script: ScriptView;
  private readonly wall: WallOfRooms;
  private readonly stage: StageView;
  private readonly polls: PollView;
  private session: Session;
  private rooms: readonly RoomRow[];
  private summary: Summary | null;
  private notes: readonly Note[];
  private push: PushState = "connecting";
  private gate: string | null = null;
  private view: View | null = null;
  private stream = new MediaStream();
  private openedAt = Number.NEGATIVE_INFINITY;

  constructor(
    root: HTMLElement,
    private readonly config: StudioConfig,
    private readonly signal: AbortSignal,
  ) {
    const { snapshot } = config;
    this.parts = new Parts(root);
    this.session = snapshot.session;
    this.rooms = snapshot.rooms;
    this.summary = snapshot.summary;
    this.notes = snapshot.notes;
    this.meter = new Meter([...root.querySelectorAll<HTMLElement>(".vu")]);
    this.devices = new Devices((stream) => this.captured(stream), signal);
    this.media = new StudioMedia({
      ticketUrl: this.address("studio-media-ticket"),
      echo: this.parts.get<HTMLVideoElement>("echo"),
      stage: this.parts.get<HTMLVideoElement>("stagevideo"),
      teacher: root.dataset["teacher"] ?? "",
      onChange: () => this.link(),
    });
    const command: Command = (name, body, key) => this.command(name, body, key);
    this.check = new CheckView(this.parts, config, this.devices, this.meter, this.media);
    this.top = new TopView(this.parts, snapshot);
    this.slides = new SlidesView(this.parts, snapshot.slides, command, () => this.view === "deck", signal);
    this.script = new ScriptView(this.parts, snapshot, command, signal);
    this.wall = new WallOfRooms(this.parts, { call: (row) => this.call(row), lowerHand: (row) => void command("lower-hand", { reception: row.reception }) });
    this.stage = new StageView(this.parts, this.media, { call: (row) => this.call(row), clear: () => void command("clear-stage") }, signal);
    this.polls = new PollView(this.parts, snapshot, command, signal);
  }

  run(): void {
    this.wire();
    const stream = connect({
      ticketUrl: this.address("studio-push-ticket"),
      onEvent: (event) => this.take(event),
      onResync: () => this.resync(),
      onState: (state) => {
        this.push = state;
        this.link();
      },
    });
    const ticking = window.setInterval(() => this.tick(), 1000);
    const asking = window.setInterval(() => void this.askRooms(), ROOMS_EVERY);
    this.signal.addEventListener("abort", () => {
      window.clearInterval(ticking);
      window.clearInterval(asking);
      stream.close();
      this.media.stop();
      this.meter.stop();
    });
    stayAwake(this.signal);
    this.apply();
    void this.open();
    if (this.camera) void this.devices.start();
  }

  /** A lesson from a file needs no devices of ours. */
  private get camera(): boolean {
    return this.view !== "over" && this.session.source !== "file";
  }

  private address(name: string): string {
    return this.config.addresses[name] ?? "";
  }

  private wire(): void {
    const { parts, signal } = this;
    parts.press("again", () => this.again(), signal);
    parts.press("devicesagain", () => this.again(), signal);
    parts.press("listen", () => this.hear(), signal);
    parts.press("start", () => this.start(), signal);
    parts.press("record", () => this.command("recording", { recording: !(this.session.recording ?? true) }), signal);
    parts.press("end", () => this.askEnd(), signal);
    parts.press("stay", () => parts.get<HTMLDialogElement>("enddialog").close(), signal);
    parts.press("endnow", () => this.endNow(), signal);
    parts.press("mute", () => this.toggle("audio"), signal);
    parts.press("hide", () => this.toggle("video"), signal);
    parts.press("devices", () => this.chooseDevices(), signal);
    parts.press("devicesclose", () => parts.get<HTMLDialogElement>("devicedialog").close(), signal);
    parts.press("troubleclose", () => parts.show("trouble", false), signal);
    for (const [name, kind] of [["camera", "camera"], ["microphone", "microphone"], ["cameralive", "camera"], ["microphonelive", "microphone"]] as const) {
      parts.get(name).addEventListener("change", (event) => void this.devices.choose(kind, (event.target as HTMLSelectElement).value), { signal });
    }
    window.addEventListener("beforeunload", (event) => {
      if (this.view === "deck") event.preventDefault();
    }, { signal });
  }

  // --- the server ---

  private async command(name: string, body?: unknown, key = newUuid()): Promise<boolean> {
    const options = { signal: this.signal, ...(IDEMPOTENT.has(name) ? {} : { key }) };
    try {
      const answer = await post<{ session?: Session }>(this.address(name), body, options);
      this.parts.show("trouble", false);
      if (answer.session) this.change(answer.session);
      return true;
    } catch (error) {
      if (!this.signal.aborted) this.trouble(sentenceOf(error));
      return false;
    }
  }

  private trouble(text: string): void {
    if (this.parts.get<HTMLDialogElement>("polldialog").open) return this.parts.say("pollerror", text);
    this.parts.show("trouble", true);
    this.parts.say("troubletext", text);
  }

  /** The page's first act, and again by itself when it came too early. */
  private async open(): Promise<void> {
    if (this.session.version > 0 || this.session.state === "cancelled") return;
    this.openedAt = serverNow();
    try {
      const { session } = await post<{ session: Session }>(this.address("open"), {}, { signal: this.signal });
      this.gate = null;
      this.change(session);
    } catch (error) {
      if (this.signal.aborted) return;
      this.gate = sentenceOf(error);
      this.apply();
    }
  }

  private take({ event, data }: PushEvent): void {
    if (event === "session") this.change(data as Session);
    else if (event === "room") this.room(data as RoomRow);
    else if (event === "tally") this.polls.counted(data as Tally);
    else if (event === "note") this.note(data as Note);
  }

  private async resync(): Promise<void> {
    const snapshot = await getJson<StudioSnapshot>(this.address("studio-snapshot"), { signal: this.signal });
    this.session = newer(this.session, snapshot.session);
    this.rooms = snapshot.rooms;
    this.notes = snapshot.notes;
    this.summary = snapshot.summary;
    this.polls.last(snapshot.tally);
    this.apply();
  }

  private async askRooms(): Promise<void> {
    if (this.view === "over" || this.push !== "open") return;
    try {
      const { rooms } = await getJson<{ rooms: RoomRow[] }>(this.address("studio-rooms"), { signal: this.signal, total: ROOMS_EVERY });
      this.rooms = rooms;
      this.drawRooms();
    } catch (error) {
      console.info("rooms:", error);
    }
  }

  private change(session: Session): void {
    const before = this.session;
    this.session = newer(this.session, session);
    this.apply();
    if (this.session.ended_at && !before.ended_at) void this.resync();
    else if (this.session.poll?.id !== before.poll?.id) void this.askRooms();
  }

  private room(row: RoomRow): void {
    this.rooms = this.rooms.map((one) => (one.reception === row.reception ? row : one));
    this.drawRooms();
  }

  private note(note: Note): void {
    this.notes = [note, ...this.notes].slice(0, MOST_NOTES);
    this.drawNotes();
  }

  // --- what is shown ---

  private viewNow(): View {
    const { state, started_at, ended_at } = this.session;
    if (state === "cancelled" || ended_at) return "over";
    if (started_at) return "deck";
    const missed = this.session.version === 0 && serverNow() >= this.config.snapshot.ends_at * 1000;
    return missed ? "over" : "check";
  }

  private apply(): void {
    const view = this.viewNow();
    const entered = view !== this.view;
    this.view = view;
    for (const name of ["check", "deck", "over"]) this.parts.show(name, name === view);
    this.parts.show("end", view === "deck");
    if (entered) this.enter(view);
    if (view === "over") this.drawOver();
    else this.drawLesson();
    this.tick();
  }

  private enter(view: View): void {
    if (view === "over") {
      this.media.stop();
      this.meter.stop();
      this.devices.release();
    } else this.air();
  }

  /** What is sent, and whether it is fetched back: only while the room is open. */
  private air(): void {
    const open = this.session.version > 0 && this.camera;
    if (open) this.media.send(this.stream);
    this.media.listen(open && this.view === "check" && this.stream.getTracks().length > 0);
  }

  private drawLesson(): void {
    if (this.session.version > 0 && this.media.state === "off") this.air();
    this.slides.draw(this.session);
    this.script.draw(this.session);
    this.drawRooms();
    this.drawNotes();
    this.drawTools();
    this.link();
  }

  private drawRooms(): void {
    if (this.view === "check") this.check.rooms(this.rooms);
    this.wall.draw(this.rooms, this.session.stage?.reception ?? null);
    this.stage.draw(this.session, this.rooms);
    this.polls.draw(this.session, this.rooms);
  }

  private drawNotes(): void {
    this.parts.show("notesbox", this.notes.length > 0);
    const items = this.notes.map((note) => make("li", {}, make("b", {}, note.name), " ", note.text));
    const list = this.parts.get("notes");
    if (list.children.length !== items.length || list.firstElementChild?.textContent !== items[0]?.textContent) list.replaceChildren(...items);
  }

  private drawOver(): void {
    const { state, ended_at, recording } = this.session;
    const [title, said] = ended_at
      ? [t("The lesson has ended"), recording ? t("The recording is being put together; it appears on the lesson page.") : t("The recording was off: there is no replay of this lesson.")]
      : state === "cancelled"
        ? [t("This lesson was cancelled"), t("Nothing has to be done here.")]
        : [t("The time of this lesson is over"), t("It was not opened. Arrange a make-up on the lesson page.")];
    drawOver(this.parts, title, said, this.session, this.summary);
  }

  private link(): void {
    if (this.view === null) return;
    this.top.link(this.push, this.media, this.session.version > 0 && this.camera && this.view !== "over");
    if (this.view === "check") this.check.draw(this.session.version > 0, this.gate, this.session.webrtc);
    const dark = this.stream.getVideoTracks().some((track) => track.enabled) ? "" : t("No picture is sent");
    this.parts.show("dark", dark !== "");
    this.parts.say("dark", dark);
  }

  private tick(): void {
    this.top.clock(this.session);
    this.top.record(this.session);
    if (this.view === "check") {
      this.link();
      const now = serverNow();
      const due = now >= this.config.opens_at * 1000 && now - this.openedAt > OPEN_AGAIN_AFTER;
      if (this.session.version === 0 && due) void this.open();
      if (this.viewNow() !== this.view) this.apply();
    } else if (this.view === "deck") {
      this.wall.tick();
      this.stage.tick();
    }
  }

  // --- devices ---

  private captured(stream: MediaStream): void {
    this.stream = stream;
    // A stream without a picture would hold up the page's load for ever.
    const seen = stream.getVideoTracks().length > 0 ? stream : null;
    for (const video of this.parts.root.querySelectorAll<HTMLVideoElement>("video[data-own]")) video.srcObject = seen;
    this.meter.listen(stream);
    this.air();
    this.drawTools();
    this.link();
    void this.check.fillSelects();
    void this.fillLiveSelects();
  }

  private async again(): Promise<void> {
    if (this.media.state === "replaced" || this.media.state === "ended") this.media.stop();
    await this.devices.start();
  }

  private async fillLiveSelects(): Promise<void> {
    await this.devices.fill("camera", this.parts.get<HTMLSelectElement>("cameralive"));
    await this.devices.fill("microphone", this.parts.get<HTMLSelectElement>("microphonelive"));
    const words = (["camera", "microphone"] as DeviceKind[]).flatMap((kind) => {
      const problem = this.devices.problems[kind];
      return problem ? [problemText(kind, problem)] : [];
    });
    this.parts.say("devicetrouble", words.join(" "));
  }

  private chooseDevices(): void {
    void this.fillLiveSelects();
    this.parts.get<HTMLDialogElement>("devicedialog").showModal();
  }

  private hear(): void {
    const echo = this.parts.get<HTMLVideoElement>("echo");
    echo.muted = !echo.muted;
    this.parts.get("listen").setAttribute("aria-pressed", String(!echo.muted));
    this.media.unblock();
  }

  private toggle(kind: "audio" | "video"): void {
    const tracks = this.stream.getTracks().filter((track) => track.kind === kind);
    for (const track of tracks) track.enabled = !track.enabled;
    this.drawTools();
    this.link();
  }

  private drawTools(): void {
    const on = (kind: string): boolean => this.stream.getTracks().some((track) => track.kind === kind && track.enabled);
    this.tool("mute", on("audio"), on("audio") ? t("Turn microphone off") : t("Turn microphone on"), on("audio") ? icon("microphone") : icon("microphone-off"));
    this.tool("hide", on("video"), on("video") ? t("Turn camera off") : t("Turn camera on"), on("video") ? icon("video") : icon("video-off"));
  }

  private tool(name: string, on: boolean, words: string, sign: SVGSVGElement): void {
    const button = this.parts.get(name);
    button.setAttribute("aria-label", words);
    button.title = words;
    button.classList.toggle("off", !on);
    button.removeAttribute("aria-pressed");
    button.replaceChildren(sign);
  }

  // --- the lesson ---

  private async start(): Promise<void> {
    const button = this.parts.get<HTMLButtonElement>("start");
    button.disabled = true;
    if (await this.command("start")) {
      this.parts.get("next").focus();
      toast(t("The lesson is on the air"));
    } else button.disabled = false;
  }

  private call(row: RoomRow): void {
    if (row.reception === this.session.stage?.reception) return;
    if (!row.joined) return this.trouble(t("{name} has not joined and cannot come on stage.", { name: row.name }));
    void this.command("stage", { reception: row.reception });
  }

  private askEnd(): void {
    const { starts_at, ends_at, rooms } = { ...this.config.snapshot, rooms: this.rooms };
    const minutes = Math.max(0, Math.floor((serverNow() / 1000 - (this.session.started_at ?? starts_at)) / 60));
    const left = Math.max(0, Math.ceil((ends_at - serverNow() / 1000) / 60));
    const online = rooms.filter((row) => row.joined).length;
    const facts = [t("{n} of {all} classrooms are online.", { n: online, all: rooms.length }), t("Taught {n} min.", { n: minutes })];
    facts.push(left > 0 ? tn("{n} minute is left to the bell.", "{n} minutes are left to the bell.", left) : t("The planned time is over."));
    this.parts.say("endfacts", facts.join(""));
    this.parts.get<HTMLDialogElement>("enddialog").showModal();
  }

  private async endNow(): Promise<void> {
    this.parts.get<HTMLDialogElement>("enddialog").close();
    if (await this.command("end")) this.parts.get("overtitle").focus();
  }
}

export function wireStudio(): void {
  defineIsland<StudioConfig>("tong-studio", (root, { signal, config }) => new Studio(root, config, signal).run());
}
