import type { HttpResponse } from './faults.ts';
import type { S3Request } from './s3-requests.ts';

export interface Upload {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
}

/** Multipart uploads that were created through a proxy, by their outcome. */
export interface UploadLedger {
  readonly created: () => readonly Upload[];
  readonly completed: () => readonly Upload[];
  readonly aborted: () => readonly Upload[];
  /** Uploads that are neither completed nor aborted, and therefore still incur storage costs. */
  readonly open: () => readonly Upload[];
  /** Records a response of the store, whether or not the client received it. */
  readonly observe: (request: S3Request, httpResponse: HttpResponse) => void;
}

/** Creates a ledger. It does not use the list of the store, because not every store can list open uploads. */
export function createUploadLedger(): UploadLedger {
  const uploads = new Map<string, { readonly upload: Upload; ended?: 'completed' | 'aborted' }>();
  const withOutcome = (ended?: 'completed' | 'aborted'): Upload[] =>
    [...uploads.values()].filter((entry) => entry.ended === ended).map((entry) => entry.upload);
  return {
    created: () => [...uploads.values()].map((entry) => entry.upload),
    completed: () => withOutcome('completed'),
    aborted: () => withOutcome('aborted'),
    open: () => withOutcome(),
    observe({ operation, bucket, key, query }, { status, body }) {
      if (status >= 300) {
        return;
      }
      if (operation === 'CreateMultipartUpload') {
        const uploadId = /<UploadId>([^<]+)<\/UploadId>/.exec(body.toString())?.[1];
        if (uploadId === undefined) {
          throw new Error(`CreateMultipartUpload of ${key} returned no UploadId`);
        }
        uploads.set(uploadId, { upload: { bucket, key, uploadId } });
      }
      const entry = uploads.get(query.get('uploadId') ?? '');
      if (entry === undefined) {
        return;
      }
      // S3 can return status 200 immediately and report a failure later, in the body.
      if (operation === 'CompleteMultipartUpload' && !/<Error>/.test(body.toString())) {
        entry.ended = 'completed';
      } else if (operation === 'AbortMultipartUpload') {
        entry.ended = 'aborted';
      }
    },
  };
}

/** Returns the response to ListMultipartUploads as one page. */
export function listOfUploads(ledger: UploadLedger, { bucket, query }: S3Request): HttpResponse {
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
