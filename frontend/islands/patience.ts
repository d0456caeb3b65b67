/**
 * Forms `[data-patient]` (sign-in): where the house answers 429, because too many passwords are checked at once, the
 * form is sent again after the time the answer names and a random part of it. Without script the answer is a page.
 */
import { wireTabs } from "./tabs";
import { t } from "./text";

const TRIES = 10;
const TOO_MANY_REQUESTS = 429;

function wait(seconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, seconds * 1000 * (1 + Math.random())));
}

/** The answer's content in place of the present one: a document written anew would not run its scripts again. */
function show(page: string): void {
  const answer = new DOMParser().parseFromString(page, "text/html");
  const [before, after] = [document.getElementById("main"), answer.getElementById("main")];
  if (!before || !after) throw new Error("the answer is not a page of the house");
  document.title = answer.title;
  before.replaceWith(after);
  wireTabs(after);
  wirePatience(after);
  (after.querySelector<HTMLElement>("[autofocus], .field.bad input") ?? after).focus();
}

async function send(form: HTMLFormElement, button: HTMLButtonElement | null): Promise<void> {
  const body = new URLSearchParams([...new FormData(form)].map(([name, value]): [string, string] => [name, String(value)]));
  for (let tried = 0; tried < TRIES; tried += 1) {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
    if (answer.status !== TOO_MANY_REQUESTS) {
      if (answer.redirected) location.assign(answer.url);
      else show(await answer.text());
      return;
    }
    if (button) button.textContent = t("Many people are signing in; yours follows by itself");
    await wait(Number(answer.headers.get("Retry-After") ?? "3"));
  }
  form.submit();
}

export function wirePatience(within: ParentNode = document): void {
  for (const form of within.querySelectorAll<HTMLFormElement>("form[data-patient]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const button = form.querySelector<HTMLButtonElement>('button[type="submit"]');
      if (button) button.disabled = true;
      send(form, button).catch(() => form.submit());
    });
  }
}
