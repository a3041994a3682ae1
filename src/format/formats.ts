import { transcodeDynamoDbJson } from './dynamodb-json.ts';
import { transcodeIon } from './ion.ts';
import { transcodeJson } from './json.ts';
import type { TranscodeItems } from './transcode-items.ts';

export type FormatName = 'DYNAMODB_JSON' | 'JSON' | 'ION';

export interface Format {
  readonly transcode: TranscodeItems;
  /** Extension of the names of data objects, before the extension of the compression. */
  readonly extension: string;
}

/** Formats that a scan can write without a process-func. */
export const FORMATS = {
  DYNAMODB_JSON: { transcode: transcodeDynamoDbJson, extension: 'json' },
  JSON: { transcode: transcodeJson, extension: 'json' },
  ION: { transcode: transcodeIon, extension: 'ion' },
} as const satisfies Record<FormatName, Format>;
