/** `<upload-slides>`: sends the form inside it with its progress in sight, and refuses too large files before they travel. */
import { defineIsland, part } from "./element";
import { t } from "./text";

const MEGABYTE = 1024 * 1024;
const MOST_MEGABYTES = 200;

function megabytes(input: HTMLInputElement): number {
  const total = [...(input.files ?? [])].reduce((sum, file) => sum + file.size, 0);
  return Math.ceil(total / MEGABYTE);
}

function checkSize(input: HTMLInputElement): void {
  const size = megabytes(input);
  const words = t("The upload has {size} MB; at most {most} MB are taken. Make the pictures smaller or split it.", {
    size,
    most: MOST_MEGABYTES,
  });
  input.setCustomValidity(size > MOST_MEGABYTES ? words : "");
  input.reportValidity();
}

function send(root: HTMLElement, form: HTMLFormElement): void {
  const box = part(root, ".job");
  const words = part(box, "[data-words]");
  const bar = part<HTMLProgressElement>(box, "progress");
  const stop = part<HTMLButtonElement>(box, "[data-stop]");
  const request = new XMLHttpRequest();
  const show = (sending: boolean): void => {
    form.hidden = sending;
    box.hidden = false;
    stop.hidden = !sending;
    bar.hidden = !sending;
  };
  request.upload.onprogress = ({ loaded, total }) => {
    bar.value = total ? (100 * loaded) / total : 0;
    words.textContent = t("Uploading: {percent} %. Stay on this page.", { percent: Math.floor(bar.value) });
  };
  request.onload = () => {
    if (request.status >= 400) return fail(t("The upload was refused. Reload the page and upload the slides again."));
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const answer = page.getElementById("slides");
    if (!answer) return fail(t("The upload was refused. Reload the page and upload the slides again."));
    document.getElementById("slides")?.replaceWith(document.importNode(answer, true));
    document.dispatchEvent(new CustomEvent("slides-replaced"));
  };
  const fail = (sentence: string): void => {
    show(false);
    words.textContent = sentence;
  };
  request.onerror = () => fail(t("The slides were not uploaded: the line is gone. Upload them again when it is back."));
  request.onabort = () => fail(t("The upload was stopped. Nothing was kept."));
  stop.onclick = () => request.abort();
  show(true);
  words.textContent = t("Uploading: {percent} %. Stay on this page.", { percent: 0 });
  request.open("POST", form.action);
  request.send(new FormData(form));
}

defineIsland("upload-slides", (root, { signal }) => {
  const form = part<HTMLFormElement>(root, "form");
  const input = part<HTMLInputElement>(form, 'input[type="file"]');
  input.addEventListener("change", () => checkSize(input), { signal });
  form.addEventListener(
    "submit",
    (event) => {
      event.preventDefault();
      send(root, form);
    },
    { signal },
  );
});
