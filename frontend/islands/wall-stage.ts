/** The classroom on stage: its camera and microphone are open as long as it is there, and not a moment longer. */
import { post } from "./push";
import { type Live, publish } from "./rtc";

export type StageState = "off" | "asking" | "seen" | "heard" | "unseen";

export interface StageOptions {
  readonly preview: HTMLVideoElement;
  readonly cameraUrl: string;
  readonly ticket: () => Promise<string | null>;
  readonly onState: (state: StageState) => void;
}

const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const PICTURE = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 15, max: 25 } };

export class WallStage {
  private wanted = false;
  private stream: MediaStream | null = null;
  private live: Live | null = null;

  constructor(private readonly options: StageOptions) {}

  set(wanted: boolean): void {
    if (wanted === this.wanted) return;
    this.wanted = wanted;
    if (wanted) void this.enter();
    else this.leave();
  }

  private async enter(): Promise<void> {
    this.options.onState("asking");
    const stream = await openCamera();
    if (!this.wanted || this.stream) return stopAll(stream);
    const seen = Boolean(stream?.getVideoTracks().length);
    this.options.preview.srcObject = stream;
    this.options.preview.play().catch(() => undefined);
    this.options.onState(seen ? "seen" : stream ? "heard" : "unseen");
    post(this.options.cameraUrl, { working: seen }).catch((error: unknown) => console.info("stage:", error));
    if (!stream) return;
    this.stream = stream;
    this.live = publish({ stream, getTicket: this.options.ticket });
  }

  private leave(): void {
    this.live?.stop();
    this.live = null;
    stopAll(this.stream);
    this.stream = null;
    this.options.preview.srcObject = null;
    this.options.onState("off");
  }
}

/** Camera and microphone, else the microphone alone, else null: the lesson goes on without. */
async function openCamera(): Promise<MediaStream | null> {
  for (const video of [PICTURE, false]) {
    try {
      return await navigator.mediaDevices.getUserMedia({ audio: SOUND, video });
    } catch (error) {
      console.info("stage:", error);
    }
  }
  return null;
}

function stopAll(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
