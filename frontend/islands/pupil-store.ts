/** What this device keeps for pupils' sign-in: today's pack, wrong tries, sign-ins to hand over. IndexedDB, one table. */

const NAME = "tongtang-pupils";
const TABLE = "kept";

function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = (): void => resolve(request.result);
    request.onerror = (): void => reject(request.error ?? new Error("the device's store gave no answer"));
  });
}

async function table(mode: IDBTransactionMode): Promise<IDBObjectStore> {
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = (): void => void opening.result.createObjectStore(TABLE);
  return (await asked(opening)).transaction(TABLE, mode).objectStore(TABLE);
}

export async function kept<T>(key: string): Promise<T | undefined> {
  return (await asked((await table("readonly")).get(key))) as T | undefined;
}

export async function keep(key: string, value: unknown): Promise<void> {
  await asked((await table("readwrite")).put(value, key));
}

export async function forget(key: string): Promise<void> {
  await asked((await table("readwrite")).delete(key));
}
