import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import type { ExportedObject } from './facts.ts';

/** An export in S3 that is complete. */
export interface StoredExport {
  /** Objects in the folder of the export */
  readonly objects: readonly ExportedObject[];
  readonly summary: string;
  /** Lines of all data objects */
  readonly lines: readonly string[];
}

/** Reads the complete export below a prefix that ends with a slash; undefined if there is none. */
export async function readExport(s3: S3Client, Bucket: string, prefix: string): Promise<StoredExport | undefined> {
  const objects = await listObjects(s3, Bucket, prefix);
  const found = objects.find(({ name }) => name.endsWith('/manifest-summary.json'))?.name;
  if (found === undefined) return undefined;
  const folder = found.slice(0, -'manifest-summary.json'.length);
  const summary = await readText(s3, Bucket, found);
  const { manifestFilesS3Key } = JSON.parse(summary) as { manifestFilesS3Key: string };
  const files = (await readText(s3, Bucket, manifestFilesS3Key)).trim().split('\n');
  const lines: string[] = [];
  for (const file of files.filter((line) => line !== '')) {
    const { dataFileS3Key } = JSON.parse(file) as { dataFileS3Key: string };
    const data = gunzipSync(await readBytes(s3, Bucket, dataFileS3Key)).toString();
    lines.push(...data.split('\n').filter((line) => line !== ''));
  }
  return {
    objects: objects
      .filter(({ name }) => name.startsWith(folder))
      .map(({ name, lastModified }) => ({ name: name.slice(folder.length), lastModified })),
    summary,
    lines,
  };
}

export interface ListedObject extends ExportedObject {
  /** Size in bytes */
  readonly size: number;
}

/** Lists the objects below a prefix, with their complete keys. */
export async function listObjects(client: S3Client, Bucket: string, Prefix: string): Promise<readonly ListedObject[]> {
  const objects: ListedObject[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix })) {
    for (const { Key = '', LastModified = new Date(0), Size = 0 } of Contents) {
      objects.push({ name: Key, lastModified: LastModified, size: Size });
    }
  }
  return objects;
}

async function readText(s3: S3Client, Bucket: string, Key: string): Promise<string> {
  return Buffer.from(await readBytes(s3, Bucket, Key)).toString();
}

async function readBytes(s3: S3Client, Bucket: string, Key: string): Promise<Uint8Array> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return (await Body?.transformToByteArray()) ?? new Uint8Array();
}
