/** Registers the classroom's service worker where the address allows one (HTTPS or this machine itself). */
export async function startWorker(url: string, keptPages: readonly string[] = []): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register(url);
    const ready = await navigator.serviceWorker.ready;
    if (keptPages.length) ready.active?.postMessage({ urls: keptPages, files: filesOfThisPage() });
  } catch (error) {
    // The page works without it; only a reload without a link does not.
    console.info("worker:", error);
  }
}

/** Whether the service worker gave this page out of what it keeps, for want of a link. */
export function isKeptPage(): boolean {
  return document.querySelector('meta[name="server-time"][data-kept]') !== null;
}

/** Style, scripts and icons that came before the worker governed the page. */
function filesOfThisPage(): string[] {
  const sprite = document.querySelector<HTMLMetaElement>('meta[name="sprite"]')?.content ?? "";
  const loaded = performance.getEntriesByType("resource").map((entry) => new URL(entry.name));
  const built = [...loaded, new URL(sprite, location.href)].filter(
    (one) => one.origin === location.origin && one.pathname.startsWith("/static/build/"),
  );
  return [...new Set(built.map((one) => one.pathname))];
}
