/** Registers the classroom's service worker where the address allows one (HTTPS or this machine itself). */
export async function startWorker(url: string, keptPages: readonly string[] = []): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register(url);
    const ready = await navigator.serviceWorker.ready;
    if (keptPages.length) ready.active?.postMessage({ urls: keptPages });
  } catch (error) {
    // The page works without it; only a reload without a link does not.
    console.info("worker:", error);
  }
}
