/** A request of a classroom device that comes again by itself while the house says that too many classrooms wait. */

const BUSY = new Set([429, 502, 503, 504]);
const TRIES = 12;

/** Seconds to wait that an answer names, as milliseconds with a random part, so that not all come again together. */
export function laterBy(answer: Response, chance = Math.random()): number | undefined {
  const seconds = Number(answer.headers.get("Retry-After") ?? "");
  return BUSY.has(answer.status) && seconds > 0 ? seconds * 1000 * (1 + chance) : undefined;
}

/** The answer of `ask`, asked again while it names a time to come again. */
export async function patiently(ask: () => Promise<Response>): Promise<Response> {
  let answer = await ask();
  for (let tried = 1; tried < TRIES; tried += 1) {
    const wait = laterBy(answer);
    if (wait === undefined) return answer;
    await new Promise((done) => setTimeout(done, wait));
    answer = await ask();
  }
  return answer;
}
