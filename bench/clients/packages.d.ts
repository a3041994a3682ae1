// Declares what the clients use of the packages that only bench/ installs. Linting the project must work without these
// packages.

declare module '@aws-sdk/lib-storage' {
  import type { PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';

  export class Upload {
    constructor(options: { readonly client: S3Client; readonly params: PutObjectCommandInput });
    done(): Promise<unknown>;
  }
}

declare module '@shelf/dynamodb-parallel-scan' {
  import type { Readable } from 'node:stream';

  export function parallelScanAsStream(
    parameters: { readonly TableName: string },
    options: { readonly concurrency: number; readonly chunkSize: number; readonly highWaterMark: number },
  ): Promise<Readable>;
}
