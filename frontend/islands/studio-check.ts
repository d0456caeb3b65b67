/** The device check and try-out room before the lesson. */
import { make, part } from "./element";
import { icon } from "./icon";
import { type DeviceKind, type Devices, type Meter, problemText } from "./studio-devices";
import type { StudioMedia } from "./studio-media";
import type { Parts, RoomRow, StudioConfig } from "./studio-shapes";
import { t, tn } from "./text";
import { clockText, serverNow } from "./time";

type Sign = "ok" | "wait" | "warn" | "bad";

// Nearer to the bell than this nobody needs to be told.
const EARLY_SECONDS = 30;
const TRACKS: Record<DeviceKind, string> = { camera: "video", microphone: "audio" };

function signOf(sign: Sign): SVGSVGElement {
  if (sign === "ok") return icon("circle-check");
  if (sign === "wait") return icon("clock");
  return sign === "warn" ? icon("alert-triangle") : icon("circle-x");
}

export class CheckView {
  private readonly shown = new Map<string, string>();

  constructor(
    private readonly parts: Parts,
    private readonly config: StudioConfig,
    private readonly devices: Devices,
    private readonly meter: Meter,
    private readonly media: StudioMedia,
  ) {}

  async fillSelects(): Promise<void> {
    await this.devices.fill("camera", this.parts.get<HTMLSelectElement>("camera"));
    await this.devices.fill("microphone", this.parts.get<HTMLSelectElement>("microphone"));
  }

  /** `gate`: why the studio is not open, in the server's words; null when it is. */
  draw(open: boolean, gate: string | null, webrtc: boolean | undefined): void {
    this.device("camera");
    this.device("microphone");
    this.server(open, webrtc);
    const pages = this.config.snapshot.slides.length;
    this.item("slides", pages ? "ok" : "warn", pages ? tn("{n} slide", "{n} slides", pages) : t("None yet. The lesson also works without."));
    this.bell(open);
    const early = open && serverNow() / 1000 < this.config.snapshot.starts_at - EARLY_SECONDS;
    this.parts.say("gate", gate ?? (early ? t("You may start now; the time before the bell does not count.") : ""));
    this.parts.get("gate").classList.toggle("t-warn", gate !== null);
    this.parts.get<HTMLButtonElement>("start").disabled = !open;
  }

  rooms(rows: readonly RoomRow[]): void {
    const joined = rows.filter((row) => row.joined).length;
    this.parts.say("came", `${joined} / ${rows.length}`);
    const items = [...rows].sort((a, b) => Number(b.joined) - Number(a.joined)).map((row) => {
      const word = row.joined ? t("Joined") : t("Not yet");
      return make("li", row.joined ? { class: "t-ok" } : { class: "muted" }, row.joined ? icon("check") : icon("clock"), make("span", { class: "ell grow" }, `${row.name} ${row.class}`), make("span", { class: "small nw" }, word));
    });
    this.parts.get("camelist").replaceChildren(...items);
  }

  private device(kind: DeviceKind): void {
    const problem = this.devices.problems[kind];
    const track = this.devices.tracks.find((one) => one.kind === TRACKS[kind]);
    if (kind === "camera") this.cover("nocam", track ? "" : t("No picture"));
    const voice = kind === "camera" && this.devices.tracks.some((one) => one.kind === "audio");
    if (problem && voice) return this.item(kind, "warn", `${problemText(kind, problem)} ${t("The lesson also goes without: by voice and slides.")}`);
    if (problem) return this.item(kind, "bad", problemText(kind, problem));
    if (!track) return this.item(kind, "wait", t("Waiting for permission: allow it where the browser asks."));
    if (kind === "microphone" && this.meter.silent) return this.item(kind, "warn", t("Nothing is heard. Speak; check the switch on the microphone."));
    this.item(kind, "ok", kind === "microphone" ? t("Works. Speak and watch the level.") : this.size(track));
  }

  private size(track: MediaStreamTrack): string {
    const { width = 0, height = 0 } = track.getSettings();
    return t("Works: {width} × {height}", { width, height });
  }

  private server(open: boolean, webrtc: boolean | undefined): void {
    const back = this.media.returned;
    this.cover("noecho", back ? "" : t("Nothing came back yet"));
    if (!open) return this.item("server", "wait", t("The try-out room opens 10 minutes before the bell."));
    if (back) return this.item("server", "ok", t("Came back: {frames} pictures a second, {rate} kbit/s", { frames: Math.round(back.framesPerSecond), rate: Math.round(back.kilobitsPerSecond) }));
    if (this.media.state === "off") return this.item("server", "wait", t("Needs a camera or a microphone first."));
    if (this.media.state === "replaced") return this.item("server", "bad", t("The studio was opened elsewhere. Close it there, then try again."));
    if (this.media.state === "ended") return this.item("server", "bad", t("The server takes no picture of this lesson. Reload the page."));
    if (webrtc === false) return this.item("server", "wait", t("The media server is getting ready."));
    this.item("server", "wait", this.media.state === "live" ? t("Sent, waiting for it to come back") : t("Connecting"));
  }

  private cover(name: string, text: string): void {
    this.parts.show(name, text !== "");
    this.parts.say(name, text);
  }

  private bell(open: boolean): void {
    const { starts_at } = this.config.snapshot;
    const early = !open && serverNow() < this.config.opens_at * 1000;
    const left = (early ? this.config.opens_at : starts_at) - serverNow() / 1000;
    this.parts.say("bellword", early ? t("Studio opens in") : left > 0 ? t("To the bell") : t("Late by"));
    this.parts.say("bell", clockText(left > 0 ? left : Math.floor(-left)));
    this.parts.get("bell").classList.toggle("t-warn", left <= 0);
  }

  private item(name: string, sign: Sign, text: string): void {
    const now = `${sign} ${text}`;
    if (this.shown.get(name) === now) return;
    this.shown.set(name, now);
    const row = part(this.parts.root, `[data-item="${name}"]`);
    row.dataset["sign"] = sign;
    part(row, ".sign").replaceChildren(signOf(sign));
    part(row, "small").textContent = text;
  }
}
