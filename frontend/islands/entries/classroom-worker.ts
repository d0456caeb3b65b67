/**
 * The service worker of the classroom's pages.
 *
 * It keeps the local teacher's page and the one on which pupils sign in, so that a reload without a link works; what it keeps (it holds pupils' names) is
 * forgotten after twelve hours.
 */

interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Request_ extends Extendable {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Message_ extends Extendable {
  /** The pages to keep. */
  readonly data: { readonly urls: readonly string[] };
}
interface Scope {
  readonly clients: { claim(): Promise<void> };
  readonly location: Location;
  skipWaiting(): Promise<void>;
  addEventListener(kind: "install" | "activate", listener: (event: Extendable) => void): void;
  addEventListener(kind: "fetch", listener: (event: Request_) => void): void;
  addEventListener(kind: "message", listener: (event: Message_) => void): void;
}

const worker = self as unknown as Scope;
const PAGES = "tongtang-phone";
const FILES = "tongtang-files";
const KEPT_AT = "X-Kept-At";
const KEPT_FOR = 12 * 3_600_000;
const NETWORK_WITHIN = 6000;
const KEPT_PAGES = /^\/(classroom\/receptions\/[0-9a-f-]{36}\/phone|pupils\/sign-in)$/;

worker.addEventListener("install", (event) => event.waitUntil(worker.skipWaiting()));
worker.addEventListener("activate", (event) => event.waitUntil(Promise.all([worker.clients.claim(), forget()])));

worker.addEventListener("message", (event) => event.waitUntil(Promise.all(event.data.urls.map(keepPage))));

worker.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (event.request.mode === "navigate" && KEPT_PAGES.test(url.pathname)) event.respondWith(page(event.request));
  else if (url.pathname.startsWith("/static/build/")) event.respondWith(file(event.request));
});

async function page(request: Request): Promise<Response> {
  try {
    const answer = await inTime(fetch(request));
    if (answer.ok && !answer.redirected) await keep(request.url, answer.clone());
    if (answer.status < 500) return answer;
  } catch (error) {
    console.info("worker:", error);
  }
  return (await (await caches.open(PAGES)).match(request.url)) ?? fetch(request);
}

async function keepPage(url: string): Promise<void> {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (answer.ok && !answer.redirected) await keep(new URL(url, worker.location.href).href, answer);
}

async function keep(url: string, answer: Response): Promise<void> {
  const headers = new Headers(answer.headers);
  headers.set(KEPT_AT, String(Date.now()));
  await (await caches.open(PAGES)).put(url, new Response(await answer.blob(), { status: answer.status, headers }));
  await forget();
}

/** Pages older than twelve hours: they hold pupils' names. */
async function forget(): Promise<void> {
  const cache = await caches.open(PAGES);
  for (const request of await cache.keys()) {
    const keptAt = Number((await cache.match(request))?.headers.get(KEPT_AT) ?? 0);
    if (Date.now() - keptAt > KEPT_FOR) await cache.delete(request);
  }
}

/** Style, script and icons: from the server, else the copy kept from the last time. */
async function file(request: Request): Promise<Response> {
  const cache = await caches.open(FILES);
  try {
    const answer = await inTime(fetch(request));
    if (answer.ok) await cache.put(request, answer.clone());
    return answer;
  } catch (error) {
    const kept = await cache.match(request);
    if (!kept) throw error;
    return kept;
  }
}

function inTime(work: Promise<Response>): Promise<Response> {
  return Promise.race([
    work,
    new Promise<Response>((_resolve, reject) => setTimeout(() => reject(new Error("no answer")), NETWORK_WITHIN)),
  ]);
}
