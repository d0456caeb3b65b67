/** Reads a printed card with the camera where the browser can (BarcodeDetector); elsewhere the code is typed. */

interface Detector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}
type DetectorMaker = new (options: { readonly formats: readonly string[] }) => Detector;

const LOOKS_EVERY = 150;

function maker(): DetectorMaker | undefined {
  return (globalThis as { readonly BarcodeDetector?: DetectorMaker }).BarcodeDetector;
}

export function canScan(): boolean {
  return maker() !== undefined && navigator.mediaDevices !== undefined;
}

/** Shows the camera in `video` and calls `found` for each code until `signal` aborts; throws where there is no camera. */
export async function scan(video: HTMLVideoElement, signal: AbortSignal, found: (code: string) => void): Promise<void> {
  const Maker = maker();
  if (!Maker) throw new Error("this browser reads no codes");
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user" } });
  const stop = (): void => stream.getTracks().forEach((track) => track.stop());
  if (signal.aborted) return stop();
  signal.addEventListener("abort", stop);
  video.srcObject = stream;
  await video.play();
  const detector = new Maker({ formats: ["qr_code"] });
  let before = "";
  const look = async (): Promise<void> => {
    const seen = (await detector.detect(video))[0]?.rawValue ?? "";
    if (seen && seen !== before) found(seen);
    before = seen;
  };
  const timer = window.setInterval(() => void look().catch((error: unknown) => console.info("camera:", error)), LOOKS_EVERY);
  signal.addEventListener("abort", () => window.clearInterval(timer));
}
