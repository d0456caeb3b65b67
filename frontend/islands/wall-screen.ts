/** The screen itself: full, and awake. Both want a touch of the page first, and neither is needed for the lesson to run. */

export async function fillScreen(): Promise<void> {
  try {
    if (!document.fullscreenElement) await document.documentElement.requestFullscreen({ navigationUI: "hide" });
  } catch (error) {
    console.info("screen:", error);
  }
}

/** No sleep until the signal; the browser drops the lock with each look at another tab, and gets it back here. */
export function stayAwake(signal: AbortSignal): void {
  const lock = async (): Promise<void> => {
    try {
      if (document.visibilityState === "visible") await navigator.wakeLock?.request("screen");
    } catch (error) {
      console.info("screen:", error);
    }
  };
  document.addEventListener("visibilitychange", () => void lock(), { signal });
  void lock();
}
