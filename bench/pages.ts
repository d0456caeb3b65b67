/**
 * The pages of the latency measurement: a studio whose picture is a clock, and receivers that read the clock back.
 *
 * The clock is a row of 40 black or white bars: 32 bits of Date.now() and 8 bits of a checksum. Both pages run on one
 * machine, so the difference is the time from drawing to presentation.
 */
import { publish, receive } from "../frontend/islands/rtc";
import { HlsPicture } from "../frontend/islands/wall-hls";

const WIDTH = 640;
const HEIGHT = 360;
const BITS = 32;
const CHECK_BITS = 8;
const BAR = WIDTH / (BITS + CHECK_BITS);
const BAR_HEIGHT = 64;
const FRAME_EVERY = 40;
const WRAP = 2 ** BITS;

type Tickets = () => Promise<string>;

/** Milliseconds from drawing to presentation, one a frame presented; `unread` counts frames whose checksum is wrong. */
const seen = { latencies: [] as number[], unread: 0 };

function bits(value: number, count: number): boolean[] {
  return Array.from({ length: count }, (_, index) => Math.floor(value / 2 ** (count - 1 - index)) % 2 === 1);
}

function number(row: boolean[]): number {
  return row.reduce((sum, bit) => sum * 2 + (bit ? 1 : 0), 0);
}

function checksum(stamp: number): number {
  return (Math.floor(stamp / 2 ** 24) + Math.floor(stamp / 2 ** 16) * 3 + Math.floor(stamp / 2 ** 8) * 5 + stamp * 7 + 90) % 256;
}

function draw(context: CanvasRenderingContext2D, frame: number): void {
  // A ball on a grid below the clock gives the encoder something that moves.
  context.fillStyle = "#2a6";
  context.fillRect(0, BAR_HEIGHT, WIDTH, HEIGHT);
  context.fillStyle = "#fff";
  for (let x = 0; x < WIDTH; x += 32) context.fillRect(x, BAR_HEIGHT, 2, HEIGHT);
  context.beginPath();
  context.arc((frame * 5) % WIDTH, 220 + 80 * Math.sin(frame / 9), 40, 0, 7);
  context.fill();
  const stamp = Date.now() % WRAP;
  [...bits(stamp, BITS), ...bits(checksum(stamp), CHECK_BITS)].forEach((bit, index) => {
    context.fillStyle = bit ? "#fff" : "#000";
    context.fillRect(index * BAR, 0, BAR, BAR_HEIGHT);
  });
}

/** The teacher: the clock as camera, 25 frames a second, and a tone as microphone. */
export function teach(getTicket: Tickets): void {
  const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("no canvas");
  const stream = canvas.captureStream(0);
  const track = stream.getVideoTracks()[0] as CanvasCaptureMediaStreamTrack;
  let frame = 0;
  window.setInterval(() => {
    draw(context, frame++);
    track.requestFrame();
  }, FRAME_EVERY);
  const audio = new AudioContext();
  const microphone = audio.createMediaStreamDestination();
  const tone = audio.createOscillator();
  tone.connect(microphone);
  tone.start();
  microphone.stream.getAudioTracks().forEach((one) => stream.addTrack(one));
  publish({ stream, getTicket });
}

/** A classroom by WebRTC, with the product's own signalling. */
export function receiveByWebrtc(getTicket: Tickets): void {
  const video = screen();
  receive({ getTicket, video });
}

/** A classroom by HLS, with the product's own player and its settings. */
export function receiveByHls(url: string): void {
  new HlsPicture(screen(), url, () => undefined).start();
}

/** What was seen since the last call. */
export function take(): typeof seen {
  const taken = { ...seen };
  seen.latencies = [];
  seen.unread = 0;
  return taken;
}

function screen(): HTMLVideoElement {
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  document.body.append(video);
  const strip = Object.assign(document.createElement("canvas"), { width: WIDTH, height: 1 });
  const context = strip.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("no canvas");
  const read = (): void => {
    const now = Date.now();
    context.drawImage(video, 0, BAR_HEIGHT / 2, WIDTH, 1, 0, 0, WIDTH, 1);
    const stamp = clock(context.getImageData(0, 0, WIDTH, 1).data);
    if (stamp === null) seen.unread += 1;
    else seen.latencies.push((now - stamp + WRAP) % WRAP);
    video.requestVideoFrameCallback(read);
  };
  video.requestVideoFrameCallback(read);
  return video;
}

/** The moment drawn into a row of pixels, or null where it cannot be read. */
function clock(pixels: Uint8ClampedArray): number | null {
  const row = Array.from({ length: BITS + CHECK_BITS }, (_, index) => {
    const at = 4 * Math.floor((index + 0.5) * BAR);
    return (pixels[at] ?? 0) > 127;
  });
  const stamp = number(row.slice(0, BITS));
  return number(row.slice(BITS)) === checksum(stamp) ? stamp % WRAP : null;
}
