/**
 * Forms `[data-patient]` (sign-in): where the house answers 429, because too many passwords are checked at once, the
 * form is sent again after the time the answer names and a random part of it. Without script the answer is a page.
 */
import { t } from "./text";

const TRIES = 10;
const TOO_MANY_REQUESTS = 429;

function wait(seconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, seconds * 1000 * (1 + Math.random())));
}

async function send(form: HTMLFormElement, button: HTMLButtonElement | null): Promise<void> {
  const body = new URLSearchParams([...new FormData(form)].map(([name, value]): [string, string] => [name, String(value)]));
  for (let tried = 0; tried < TRIES; tried += 1) {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
    if (answer.status !== TOO_MANY_REQUESTS) {
      if (answer.redirected) location.assign(answer.url);
      else {
        const page = await answer.text();
        document.open();
        document.write(page);
        document.close();
      }
      return;
    }
    if (button) button.textContent = t("Many people are signing in; yours follows by itself");
    await wait(Number(answer.headers.get("Retry-After") ?? "3"));
  }
  form.submit();
}

export function wirePatience(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-patient]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const button = form.querySelector<HTMLButtonElement>('button[type="submit"]');
      if (button) button.disabled = true;
      send(form, button).catch(() => form.submit());
    });
  }
}
