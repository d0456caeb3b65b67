/**
 * The service worker of the classroom's pages.
 *
 * It hands over what a killed screen had received: the page tells it each second what is not acknowledged yet, and when
 * the page is gone without a goodbye, the worker sends that in its place. And it keeps the local teacher's page, so that
 * a reload without a link works; what it keeps (it holds pupils' names) is forgotten after twelve hours.
 */

interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Request_ extends Extendable {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Message_ extends Extendable {
  readonly data: Hold | Cache_;
  readonly source: { readonly id: string } | null;
}
interface Scope {
  readonly clients: { claim(): Promise<void>; get(id: string): Promise<unknown> };
  readonly location: Location;
  skipWaiting(): Promise<void>;
  addEventListener(kind: "install" | "activate", listener: (event: Extendable) => void): void;
  addEventListener(kind: "fetch", listener: (event: Request_) => void): void;
  addEventListener(kind: "message", listener: (event: Message_) => void): void;
}
interface Hold {
  readonly do: "hold";
  readonly url: string;
  readonly leave: string;
  readonly csrf: string;
  readonly body: { readonly client: string; readonly spans: readonly unknown[] };
}
interface Cache_ {
  readonly do: "cache";
  readonly urls: readonly string[];
}

const worker = self as unknown as Scope;
const PAGES = "tongtang-phone";
const FILES = "tongtang-files";
const KEPT_AT = "X-Kept-At";
const KEPT_FOR = 12 * 3_600_000;
const SILENT_FOR = 12_000;
const NETWORK_WITHIN = 6000;
const PHONE = /^\/classroom\/receptions\/[0-9a-f-]{36}\/phone$/;

worker.addEventListener("install", (event) => event.waitUntil(worker.skipWaiting()));
worker.addEventListener("activate", (event) => event.waitUntil(Promise.all([worker.clients.claim(), forget()])));

const held = new Map<string, Hold>();

worker.addEventListener("message", (event) => {
  const { data } = event;
  if (data.do === "cache") return event.waitUntil(Promise.all(data.urls.map(keepPage)));
  const id = event.source?.id;
  if (!id) return;
  held.set(id, data);
  event.waitUntil(standIn(id, data));
});

/** Twelve seconds after the last word of a page that is gone: send what it held. Its uuids make a repetition harmless. */
async function standIn(id: string, hold: Hold): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, SILENT_FOR));
  if (held.get(id) !== hold || (await worker.clients.get(id))) return;
  held.delete(id);
  const headers = { "Content-Type": "application/json", "X-CSRFToken": hold.csrf };
  if (hold.body.spans.length) await fetch(hold.url, { method: "POST", headers, body: JSON.stringify(hold.body) });
  await fetch(hold.leave, { method: "POST", headers, body: JSON.stringify({ client: hold.body.client }) });
}

worker.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (event.request.mode === "navigate" && PHONE.test(url.pathname)) event.respondWith(page(event.request));
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
