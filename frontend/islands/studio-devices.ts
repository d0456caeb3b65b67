/** Camera and microphone: choice, errors in words, level. */
import { make } from "./element";
import { t } from "./text";

export type DeviceKind = "camera" | "microphone";
export type Problem = "insecure" | "denied" | "missing" | "busy" | "other";

const REMEMBERED: Record<DeviceKind, string> = { camera: "tongtang.camera", microphone: "tongtang.microphone" };
const KINDS: Record<DeviceKind, MediaDeviceKind> = { camera: "videoinput", microphone: "audioinput" };
const NAMES: Record<string, Problem> = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** What happened and what to do. */
export function problemText(kind: DeviceKind, problem: Problem): string {
  if (problem === "insecure") return t("The browser gives camera and microphone to https:// pages only. Open this page by its https address, or on the server itself.");
  if (problem === "denied") return t("No permission. Press the sign at the left of the address bar, allow camera and microphone, then try again.");
  if (kind === "camera") return problem === "busy" ? t("Another program holds the camera. Close it, then try again.") : t("No camera found. Plug it in, then try again.");
  return problem === "busy" ? t("Another program holds the microphone. Close it, then try again.") : t("No microphone found. Plug it in, then try again.");
}

export class Devices {
  readonly problems: Partial<Record<DeviceKind, Problem>> = {};
  private stream: MediaStream | null = null;

  constructor(
    private readonly onChange: (stream: MediaStream) => void,
    signal: AbortSignal,
  ) {
    navigator.mediaDevices?.addEventListener?.("devicechange", () => void this.plugged(), { signal });
    signal.addEventListener("abort", () => this.release());
  }

  get tracks(): MediaStreamTrack[] {
    return this.stream?.getTracks() ?? [];
  }

  /** Take what is there: both, else the one of the two that works. */
  async start(): Promise<void> {
    delete this.problems.camera;
    delete this.problems.microphone;
    if (!window.isSecureContext || !navigator.mediaDevices) {
      this.problems.camera = this.problems.microphone = "insecure";
      return this.use(new MediaStream());
    }
    const both = await this.take(["camera", "microphone"]);
    if (both instanceof MediaStream) return this.use(both);
    const found = new MediaStream();
    for (const kind of ["camera", "microphone"] as const) {
      const one = await this.take([kind]);
      if (one instanceof MediaStream) one.getTracks().forEach((track) => found.addTrack(track));
      else this.problems[kind] = one;
    }
    this.use(found);
  }

  async choose(kind: DeviceKind, id: string): Promise<void> {
    localStorage.setItem(REMEMBERED[kind], id);
    await this.start();
  }

  async list(kind: DeviceKind): Promise<MediaDeviceInfo[]> {
    const all = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
    return all.filter((device) => device.kind === KINDS[kind] && device.deviceId !== "");
  }

  /** Fill a select with the devices of a kind, the one in use chosen. */
  async fill(kind: DeviceKind, select: HTMLSelectElement): Promise<void> {
    const found = await this.list(kind);
    const used = this.tracks.find((track) => track.kind === (kind === "camera" ? "video" : "audio"))?.getSettings().deviceId;
    const options = found.map((device, index) => {
      const name = device.label || (kind === "camera" ? t("Camera {n}", { n: index + 1 }) : t("Microphone {n}", { n: index + 1 }));
      return make("option", { value: device.deviceId }, name);
    });
    select.replaceChildren(...(options.length ? options : [make("option", { value: "" }, t("None"))]));
    if (used) select.value = used;
    select.disabled = options.length === 0;
  }

  release(): void {
    this.tracks.forEach((track) => track.stop());
    this.stream = null;
  }

  private async take(kinds: readonly DeviceKind[]): Promise<MediaStream | Problem> {
    this.release();
    const chosen = (kind: DeviceKind): MediaTrackConstraints => {
      const id = localStorage.getItem(REMEMBERED[kind]);
      return id ? { deviceId: { ideal: id } } : {};
    };
    try {
      return await navigator.mediaDevices.getUserMedia({
        video: kinds.includes("camera") && { ...chosen("camera"), width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 20 } },
        audio: kinds.includes("microphone") && { ...chosen("microphone"), echoCancellation: true, noiseSuppression: true },
      });
    } catch (error) {
      return NAMES[(error as DOMException).name] ?? "other";
    }
  }

  private use(stream: MediaStream): void {
    this.release();
    this.stream = stream;
    for (const track of stream.getTracks()) track.addEventListener("ended", () => void this.lost(stream));
    this.onChange(stream);
  }

  /** Unplugged: go on with what is left. */
  private async lost(stream: MediaStream): Promise<void> {
    if (stream === this.stream) await this.start();
  }

  private async plugged(): Promise<void> {
    if (this.problems.camera === "missing" || this.problems.microphone === "missing") await this.start();
    else if (this.stream) this.onChange(this.stream);
  }
}

const LOUD = [0.01, 0.03, 0.07, 0.14, 0.28];
const SILENT_AFTER = 4000;

/** Draws the loudness of a stream into `.vu` elements; tells whether anything was heard lately. */
export class Meter {
  private context: AudioContext | null = null;
  private heardAt = performance.now();
  private timer = 0;

  constructor(private readonly bars: readonly HTMLElement[]) {}

  get silent(): boolean {
    return this.context !== null && performance.now() - this.heardAt > SILENT_AFTER;
  }

  listen(stream: MediaStream): void {
    this.stop();
    if (stream.getAudioTracks().length === 0) return this.draw(0);
    const context = (this.context = new AudioContext());
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.heardAt = performance.now();
    this.timer = window.setInterval(() => {
      if (context.state === "suspended") void context.resume();
      analyser.getFloatTimeDomainData(samples);
      const level = Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
      if (level > 0.003) this.heardAt = performance.now();
      this.draw(level);
    }, 120);
  }

  stop(): void {
    window.clearInterval(this.timer);
    void this.context?.close();
    this.context = null;
  }

  private draw(level: number): void {
    for (const vu of this.bars) {
      [...vu.children].forEach((bar, index) => bar.classList.toggle("o", level < (LOUD[index] ?? 1)));
    }
  }
}
