/** Copy to load, and the table. The SDK reads endpoints and credentials from the environment. */
export const RESTORE = {
  table: 'replay',
  bucket: 'bench',
  region: process.env['AWS_REGION'] ?? '',
  objects: Number(process.env['BENCH_OBJECTS']),
  itemsPerObject: Number(process.env['BENCH_ITEMS']),
  md5: process.env['BENCH_MD5'] ?? '',
  /** Maximum number of data objects and of requests at the same time. */
  workers: 16,
} as const;

/** Runs `load` for the key of each data object, 16 at the same time. */
export async function forEachObject(load: (key: string) => Promise<void>): Promise<void> {
  const keys = Array.from({ length: RESTORE.objects }, (_, index) => `data/${index}`).values();
  const work = async () => {
    for (const key of keys) await load(key);
  };
  await Promise.all(Array.from({ length: RESTORE.workers }, work));
}
