/**
 * What is sent in place of a camera: a card that says that the lesson goes by voice. With it everything behind the
 * studio stays as it is: the classrooms count frames, HLS and the recording get the picture that they expect.
 */
import { t } from "./text";

const WIDTH = 640;
const HEIGHT = 360;
const RATE = 5;
const DOTS = 3;

export class VoiceCard {
  private timer = 0;
  private stream: MediaStream | null = null;

  constructor(private readonly name: string) {}

  /** The card's track; the same one until `stop`. */
  get track(): MediaStreamTrack | null {
    this.stream ??= this.begin();
    return this.stream?.getVideoTracks()[0] ?? null;
  }

  stop(): void {
    window.clearInterval(this.timer);
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
  }

  private begin(): MediaStream | null {
    const canvas = document.createElement("canvas");
    canvas.width = WIDTH;
    canvas.height = HEIGHT;
    const pen = canvas.getContext("2d");
    if (!pen) return null;
    let drawn = 0;
    const draw = (): void => this.draw(pen, Math.floor(drawn++ / RATE) % DOTS);
    draw();
    // A canvas that nobody draws on sends nothing.
    this.timer = window.setInterval(draw, 1000 / RATE);
    return canvas.captureStream(RATE);
  }

  private draw(pen: CanvasRenderingContext2D, lit: number): void {
    const style = getComputedStyle(document.body);
    pen.fillStyle = "#0c1916";
    pen.fillRect(0, 0, WIDTH, HEIGHT);
    pen.textAlign = "center";
    pen.fillStyle = "#f1f6f3";
    pen.font = `700 44px ${style.fontFamily}`;
    pen.fillText(this.name, WIDTH / 2, 150, WIDTH - 40);
    pen.font = `400 30px ${style.fontFamily}`;
    pen.fillText(t("By voice and slides"), WIDTH / 2, 210, WIDTH - 40);
    for (let dot = 0; dot < DOTS; dot += 1) {
      pen.fillStyle = dot === lit ? "#ffd84d" : "#35594d";
      pen.beginPath();
      pen.arc(WIDTH / 2 + (dot - 1) * 36, 264, 8, 0, 2 * Math.PI);
      pen.fill();
    }
  }
}
