/**
 * The service worker of the classroom's pages.
 *
 * It keeps the local teacher's page, the one on which pupils sign in and the wall screen, so that a reload without a link
 * works. What holds pupils' names is forgotten after twelve hours. The wall screen shows a week and says itself when it is
 * too old; it is kept for longer, so that it can say so. A page that the server refuses is forgotten at once.
 */

interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Request_ extends Extendable {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Message_ extends Extendable {
  /** The pages to keep, and the files that they need. */
  readonly data: { readonly urls: readonly string[]; readonly files: readonly string[] };
}
interface Scope {
  readonly clients: { claim(): Promise<void> };
  readonly location: Location;
  skipWaiting(): Promise<void>;
  addEventListener(kind: "install" | "activate", listener: (event: Extendable) => void): void;
  addEventListener(kind: "fetch", listener: (event: Request_) => void): void;
  addEventListener(kind: "message", listener: (event: Message_) => void): void;
}
/** Pages that are kept alike. `refetched`: the page fetches itself again while it is open, and the newest is kept. */
interface Kind {
  readonly cache: string;
  readonly pages: RegExp;
  readonly keptFor: number;
  readonly refetched: boolean;
}

const worker = self as unknown as Scope;
const HOUR = 3_600_000;
const KINDS: readonly Kind[] = [
  { cache: "tongtang-phone", pages: /^\/(classroom\/receptions\/[0-9a-f-]{36}\/phone|pupils\/sign-in)$/, keptFor: 12 * HOUR, refetched: false },
  { cache: "tongtang-wall", pages: /^\/timetable\/schools\/[0-9a-f-]{36}\/wall$/, keptFor: 60 * 24 * HOUR, refetched: true },
];
const FILES = "tongtang-files";
const KEPT_AT = "X-Kept-At";
const CONFIRMED_AT = "X-Confirmed-At";
const LOADED_AT = /data-loaded="([\d.]+)"/;
const WRITTEN_AT = /<meta name="server-time" content="([\d.]+)/;
const NETWORK_WITHIN = 6000;
const UNCHANGED = 204;
const SERVER_TROUBLE = 500;

worker.addEventListener("install", (event) => event.waitUntil(worker.skipWaiting()));
worker.addEventListener("activate", (event) => event.waitUntil(Promise.all([worker.clients.claim(), forget()])));

worker.addEventListener("message", (event) =>
  event.waitUntil(Promise.all([...event.data.urls.map(keepPage), ...event.data.files.map(keepFile)])),
);

worker.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== worker.location.origin) return;
  const kind = kindOf(url);
  if (kind && event.request.mode === "navigate") event.respondWith(page(event.request, kind));
  else if (kind?.refetched) event.respondWith(fresh(event.request, kind));
  else if (url.pathname.startsWith("/static/build/")) event.respondWith(file(event.request));
});

function kindOf(url: URL): Kind | undefined {
  return KINDS.find((kind) => kind.pages.test(url.pathname));
}

async function page(request: Request, kind: Kind): Promise<Response> {
  try {
    const answer = await inTime(fetch(request));
    await keep(request.url, answer.clone(), kind);
    if (answer.status < SERVER_TROUBLE) return answer;
  } catch (error) {
    console.info("worker:", error);
  }
  const kept = await (await caches.open(kind.cache)).match(request.url);
  return kept ? movedOn(kept) : fetch(request);
}

/** What a page fetches of itself comes from the server alone: it says itself when there is no link. */
async function fresh(request: Request, kind: Kind): Promise<Response> {
  const answer = await fetch(request);
  await keep(request.url, answer.clone(), kind);
  return answer;
}

async function keepPage(url: string): Promise<void> {
  const whole = new URL(url, worker.location.href);
  const kind = kindOf(whole);
  if (kind) await keep(whole.href, await fetch(url, { credentials: "same-origin" }), kind);
}

/** Keeps an answer of the server, or forgets the page where the server has another answer than the page. */
async function keep(url: string, answer: Response, kind: Kind): Promise<void> {
  const cache = await caches.open(kind.cache);
  if (answer.status === UNCHANGED) await confirm(url, cache, kind);
  else if (answer.ok && !answer.redirected) {
    await cache.put(url, await marked(answer, { [KEPT_AT]: Date.now(), [CONFIRMED_AT]: Date.now() }));
  } else if (answer.status < SERVER_TROUBLE) await cache.delete(url);
  await forget();
}

/** The server says that what is kept is what there is; where nothing is kept, it is fetched. */
async function confirm(url: string, cache: Cache, kind: Kind): Promise<void> {
  const kept = await cache.match(url);
  if (kept) await cache.put(url, await marked(kept, { [CONFIRMED_AT]: Date.now() }));
  else await keep(url, await fetch(url, { credentials: "same-origin" }), kind);
}

async function marked(answer: Response, marks: Readonly<Record<string, number>>): Promise<Response> {
  const headers = new Headers(answer.headers);
  for (const [name, at] of Object.entries(marks)) headers.set(name, String(at));
  return new Response(await answer.blob(), { status: answer.status, headers });
}

/** The page as if it were written now, and marked as kept: its clock follows the time of writing that it states, what it holds is as of when it was last confirmed. */
async function movedOn(kept: Response): Promise<Response> {
  const keptAt = Number(kept.headers.get(KEPT_AT));
  const since = (Date.now() - keptAt) / 1000;
  const confirmed = (Number(kept.headers.get(CONFIRMED_AT)) - keptAt) / 1000;
  const text = (await kept.text())
    .replace(WRITTEN_AT, (_all, at) => `<meta name="server-time" data-kept content="${Number(at) + since}`)
    .replace(LOADED_AT, (_all, at) => `data-loaded="${Number(at) + confirmed}"`);
  return new Response(text, { status: kept.status, headers: kept.headers });
}

/** Pages that were kept for their time. */
async function forget(): Promise<void> {
  for (const kind of KINDS) {
    const cache = await caches.open(kind.cache);
    for (const request of await cache.keys()) {
      const confirmedAt = Number((await cache.match(request))?.headers.get(CONFIRMED_AT) ?? 0);
      if (Date.now() - confirmedAt > kind.keptFor) await cache.delete(request);
    }
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

async function keepFile(path: string): Promise<void> {
  const cache = await caches.open(FILES);
  if (!(await cache.match(path))) await cache.add(path);
}

function inTime(work: Promise<Response>): Promise<Response> {
  return Promise.race([
    work,
    new Promise<Response>((_resolve, reject) => setTimeout(() => reject(new Error("no answer")), NETWORK_WITHIN)),
  ]);
}
