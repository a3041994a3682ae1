import type { Answer } from './faults.ts';
import type { S3Request } from './s3-requests.ts';

export interface Upload {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
}

/** The multipart uploads that went through a proxy, by how they ended. */
export interface UploadLedger {
  readonly created: () => readonly Upload[];
  readonly completed: () => readonly Upload[];
  readonly aborted: () => readonly Upload[];
  /** Those that somebody still pays for: created, and neither completed nor aborted. */
  readonly open: () => readonly Upload[];
  /** To be told of every answer that the store itself gave, whether or not the client got to see it. */
  readonly observe: (request: S3Request, answer: Answer) => void;
}

/** Keeps the books itself, since not every store lists its open uploads. */
export function createUploadLedger(): UploadLedger {
  const uploads = new Map<string, { readonly upload: Upload; ended?: 'completed' | 'aborted' }>();
  const those = (ended?: 'completed' | 'aborted'): Upload[] =>
    [...uploads.values()].filter((entry) => entry.ended === ended).map((entry) => entry.upload);
  return {
    created: () => [...uploads.values()].map((entry) => entry.upload),
    completed: () => those('completed'),
    aborted: () => those('aborted'),
    open: () => those(),
    observe({ operation, bucket, key, query }, { status, body }) {
      if (status >= 300) {
        return;
      }
      if (operation === 'CreateMultipartUpload') {
        const uploadId = /<UploadId>([^<]+)<\/UploadId>/.exec(body.toString())?.[1];
        if (uploadId === undefined) {
          throw new Error(`the store answered CreateMultipartUpload of ${key} without an UploadId`);
        }
        uploads.set(uploadId, { upload: { bucket, key, uploadId } });
      }
      const entry = uploads.get(query.get('uploadId') ?? '');
      if (entry === undefined) {
        return;
      }
      // S3 may answer 200 at once and say in the body, later, that it failed after all.
      if (operation === 'CompleteMultipartUpload' && !/<Error>/.test(body.toString())) {
        entry.ended = 'completed';
      } else if (operation === 'AbortMultipartUpload') {
        entry.ended = 'aborted';
      }
    },
  };
}

/** The answer to ListMultipartUploads, of as many as one page holds. */
export function listOfUploads(ledger: UploadLedger, { bucket, query }: S3Request): Answer {
  const uploads = ledger
    .open()
    .filter((upload) => upload.bucket === bucket && upload.key.startsWith(query.get('prefix') ?? ''))
    .map(({ key, uploadId }) => `<Upload><Key>${escapeXml(key)}</Key><UploadId>${uploadId}</UploadId></Upload>`);
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<ListMultipartUploadsResult><Bucket>${bucket}</Bucket><IsTruncated>false</IsTruncated>${uploads.join('')}</ListMultipartUploadsResult>`;
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: Buffer.from(xml) };
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
