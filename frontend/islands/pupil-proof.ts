/**
 * What a device derives from a pupil's secret; `access/pupils/secrets.py` has the table and derives the same.
 *
 * Secure pages only (HTTPS or this machine itself): elsewhere browsers give no cryptography and `canProve` is false.
 */

export type Means = "card" | "pin" | "pictures" | "class_code";
type Bytes = Uint8Array<ArrayBuffer>;

const TEXT = new TextEncoder();
const VERIFIER_BYTES = 16;

export const canProve = typeof crypto !== "undefined" && crypto.subtle !== undefined;

export function fromBase64(text: string): Bytes {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

export function toBase64(bytes: Bytes): string {
  return btoa(String.fromCharCode(...bytes));
}

function uuidBytes(uuid: string): Bytes {
  return Uint8Array.from(uuid.replace(/-/g, "").match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

async function hmac(key: Bytes, message: Bytes): Promise<Bytes> {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, message));
}

async function stretched(means: Means, pupil: string, secret: string, rounds: number): Promise<Bytes> {
  if (means === "card") return new Uint8Array(await crypto.subtle.digest("SHA-256", TEXT.encode(secret)));
  const base = await crypto.subtle.importKey("raw", TEXT.encode(secret), "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: uuidBytes(pupil), iterations: rounds };
  return new Uint8Array(await crypto.subtle.deriveBits(how, base, 256));
}

/** The digest of a secret under the class's key; `pupil` counts for nothing with a card. */
export async function digestOf(key: string, means: Means, pupil: string, secret: string, rounds: number): Promise<Bytes> {
  const head = TEXT.encode(`${means}|${means === "card" ? "" : pupil}|`);
  const tail = await stretched(means, pupil, secret, rounds);
  const message = new Uint8Array(head.length + tail.length);
  message.set(head);
  message.set(tail, head.length);
  return hmac(fromBase64(key), message);
}

/** What stands in the pack beside a pupil whose secret has this digest. */
export async function verifierOf(salt: string, digest: Bytes): Promise<string> {
  return toBase64((await hmac(fromBase64(salt), digest)).slice(0, VERIFIER_BYTES));
}

export async function proofOf(digest: Bytes, uuid: string, device: string, pupil: string, means: Means, at: number): Promise<string> {
  return toBase64(await hmac(digest, TEXT.encode(`${uuid}|${device}|${pupil}|${means}|${at}`)));
}

/** Whether the house signed this text. */
export async function isSigned(key: JsonWebKey, text: string, signature: string): Promise<boolean> {
  const how = { name: "ECDSA", namedCurve: "P-256" };
  const imported = await crypto.subtle.importKey("jwk", key, how, false, ["verify"]);
  return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, imported, fromBase64(signature), TEXT.encode(text));
}
