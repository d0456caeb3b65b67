/** `<tong-key ask answer mode="create|get" next>`: WebAuthn keys, enrolled and shown. */
import { defineIsland, make, part } from "../element";
import { t } from "../text";

type Json = Record<string, unknown>;

function token(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
}

async function post(address: string, body: Json): Promise<Json> {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token() };
  const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify(body) });
  const sent = (await answer.json()) as Json;
  if (!answer.ok) throw new Error(String(sent["error"]));
  return sent;
}

function bytes(text: string): ArrayBuffer {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (one) => one.charCodeAt(0)).buffer;
}

function text(buffer: ArrayBuffer): string {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

interface Named {
  id: string;
}

const named = (list: unknown): PublicKeyCredentialDescriptor[] =>
  ((list as Named[] | undefined) ?? []).map((one) => ({ type: "public-key", id: bytes(one.id) }));

async function create(options: Json): Promise<Json> {
  const user = options["user"] as Json;
  const publicKey = {
    ...options,
    challenge: bytes(String(options["challenge"])),
    user: { ...user, id: bytes(String(user["id"])) },
    excludeCredentials: named(options["excludeCredentials"]),
  } as unknown as PublicKeyCredentialCreationOptions;
  const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
  const response = made.response as AuthenticatorAttestationResponse;
  return {
    id: made.id,
    rawId: text(made.rawId),
    type: made.type,
    response: { clientDataJSON: text(response.clientDataJSON), attestationObject: text(response.attestationObject) },
  };
}

async function show(options: Json): Promise<Json> {
  const publicKey = {
    ...options,
    challenge: bytes(String(options["challenge"])),
    allowCredentials: named(options["allowCredentials"]),
  } as unknown as PublicKeyCredentialRequestOptions;
  const shown = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
  const response = shown.response as AuthenticatorAssertionResponse;
  return {
    id: shown.id,
    rawId: text(shown.rawId),
    type: shown.type,
    response: {
      clientDataJSON: text(response.clientDataJSON),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature),
      userHandle: response.userHandle ? text(response.userHandle) : null,
    },
  };
}

defineIsland("tong-key", (root, { signal }) => {
  const button = part<HTMLButtonElement>(root, "button");
  const wrong = part(root, ".err");
  const [ask, answer] = [root.getAttribute("ask") ?? "", root.getAttribute("answer") ?? ""];

  const enrol = async (): Promise<void> => {
    const credential = await create(await post(ask, {}));
    const sent = await post(answer, { credential, label: part<HTMLInputElement>(root, "input").value });
    const codes = sent["codes"] as string[];
    if (codes.length === 0) return location.reload();
    const list = part(root, ".codes");
    list.replaceChildren(...codes.map((code) => make("li", {}, code)));
    list.hidden = false;
    const words = t("Write these recovery codes down now: they are not shown again.");
    list.before(make("p", { role: "status" }, words));
    button.replaceWith(make("a", { class: "btn primary", href: root.getAttribute("next") ?? "/" }, t("Written down, go on")));
  };
  const prove = async (): Promise<void> => {
    const sent = await post(answer, await show(await post(ask, {})));
    location.assign(String(sent["next"]));
  };
  button.addEventListener(
    "click",
    () => {
      wrong.hidden = true;
      const run = root.getAttribute("mode") === "create" ? enrol : prove;
      run().catch((error: unknown) => {
        const given = error instanceof Error && !(error instanceof DOMException) ? error.message : "";
        wrong.textContent = given || t("The key did not answer. Try again, or choose another way.");
        wrong.hidden = false;
      });
    },
    { signal },
  );
});
