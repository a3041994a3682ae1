import { createHash } from 'node:crypto';

/** What manifest-summary.json holds, in the order in which it must hold it. */
export interface ManifestSummary {
  readonly version: string;
  readonly exportArn: string;
  readonly startTime: string;
  readonly endTime: string;
  readonly tableArn: string;
  readonly tableId: string | null;
  /** Of a full copy. */
  readonly exportTime?: string;
  /** Of an incremental one, these two: from the first moment to before the second. */
  readonly exportFromTime?: string;
  readonly exportToTime?: string;
  readonly s3Bucket: string;
  readonly s3Prefix: string | null;
  readonly s3SseAlgorithm: string | null;
  readonly s3SseKmsKeyId: string | null;
  readonly manifestFilesS3Key: string;
  readonly billedSizeBytes: number;
  readonly itemCount: number;
  readonly outputFormat: string;
  /** Of an incremental copy. */
  readonly outputView?: string;
  /** Always in a copy by a scan; not in a full export of DynamoDB's own. */
  readonly exportType?: string;
}

/** One line of manifest-files.json. */
export interface ManifestFile {
  readonly itemCount: number;
  readonly md5Checksum: string;
  readonly etag: string;
  readonly dataFileS3Key: string;
}

/** Who wrote the copy: this Action's scan, or DynamoDB (a double of it) at the Action's request. */
export type Writer = 'scan' | 'dynamodb';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const MD5 = /^[A-Za-z0-9+/]{22}==$/;
const ETAG = /^[0-9a-f]{32}(-\d+)?$/;

type Fields = Readonly<Record<string, (value: unknown) => boolean>>;

const BEFORE_TIMES: Fields = {
  exportArn: (value) =>
    typeof value === 'string' && /^arn:[^:]+:dynamodb:.*:table\/[^/]+\/export\/\d{14}-[0-9a-f]{8}$/.test(value),
  startTime: isTime,
  endTime: isTime,
  tableArn: (value) => typeof value === 'string' && /^arn:[^:]+:dynamodb:[^:]*:\d{12}:table\/[^/]+$/.test(value),
  tableId: (value) => value === null || (typeof value === 'string' && value !== ''),
};

const AFTER_TIMES: Fields = {
  s3Bucket: isText,
  s3Prefix: (value) => value === null || isText(value),
  s3SseAlgorithm: (value) => value === null || value === 'AES256' || value === 'KMS',
  s3SseKmsKeyId: (value) => value === null || isText(value),
  manifestFilesS3Key: isText,
  billedSizeBytes: isCount,
  itemCount: isCount,
  outputFormat: isText,
};

/** Each field with what its value must be, in the order of a real manifest. */
const FULL_SUMMARY: Fields = {
  version: (value) => value === '2020-06-30',
  ...BEFORE_TIMES,
  exportTime: isTime,
  ...AFTER_TIMES,
};

const TYPED_FULL_SUMMARY: Fields = { ...FULL_SUMMARY, exportType: (value) => value === 'FULL_EXPORT' };

const INCREMENTAL_SUMMARY: Fields = {
  version: (value) => value === '2023-08-01',
  ...BEFORE_TIMES,
  exportFromTime: isTime,
  exportToTime: isTime,
  ...AFTER_TIMES,
  outputView: (value) => value === 'NEW_AND_OLD_IMAGES' || value === 'NEW_IMAGE',
  exportType: (value) => value === 'INCREMENTAL_EXPORT',
};

const FILE_FIELDS: Fields = {
  itemCount: isCount,
  md5Checksum: (value) => typeof value === 'string' && MD5.test(value),
  etag: (value) => typeof value === 'string' && ETAG.test(value),
  dataFileS3Key: isText,
};

/** Reads manifest-summary.json, which must be written as DynamoDB writes it, to the byte. Says all that is wrong. */
export function readSummary(bytes: Buffer, writer: Writer, problem: (text: string) => void): ManifestSummary {
  const type = /"exportType":"(\w+)"/.exec(bytes.toString())?.[1];
  if (writer === 'scan' && type === undefined) {
    problem('manifest-summary.json has no exportType, which strict readers want');
  }
  const isIncremental = writer === 'dynamodb' && type === 'INCREMENTAL_EXPORT';
  const fields = isIncremental ? INCREMENTAL_SUMMARY : type === undefined ? FULL_SUMMARY : TYPED_FULL_SUMMARY;
  return readLine('manifest-summary.json', bytes.toString(), fields, problem) as unknown as ManifestSummary;
}

/** Reads manifest-files.json: one line an object, each with a newline. */
export function readFiles(bytes: Buffer, problem: (text: string) => void): ManifestFile[] {
  const text = bytes.toString();
  if (text !== '' && !text.endsWith('\n')) {
    problem('manifest-files.json does not end with a newline');
  }
  const lines = text.replace(/\n$/, '').split('\n');
  return (text === '' ? [] : lines).map(
    (line, index) =>
      readLine(`line ${index + 1} of manifest-files.json`, line, FILE_FIELDS, problem) as unknown as ManifestFile,
  );
}

/** Checks the neighbour of a manifest that holds its MD5: 24 characters and nothing else. */
export function checkMd5File(name: string, manifest: Buffer, md5File: Buffer, problem: (text: string) => void): void {
  const expected = createHash('md5').update(manifest).digest('base64');
  if (md5File.toString('latin1') !== expected) {
    problem(`${name} holds ${JSON.stringify(md5File.toString('latin1'))} (${md5File.length} bytes), not ${expected}`);
  }
}

function readLine(
  where: string,
  line: string,
  fields: Fields,
  problem: (text: string) => void,
): Record<string, unknown> {
  const value = JSON.parse(line) as Record<string, unknown>;
  const names = Object.keys(fields);
  const inOrder = Object.fromEntries(names.map((name) => [name, value[name]]));
  if (JSON.stringify(Object.keys(value)) !== JSON.stringify(names)) {
    problem(`${where} has the fields ${Object.keys(value)}, not ${names}`);
  } else if (JSON.stringify(inOrder) !== line) {
    problem(`${where} is not written as compact JSON: ${JSON.stringify(line)}`);
  }
  for (const [name, isValid] of Object.entries(fields)) {
    if (!isValid(value[name])) {
      problem(`${where} has ${name} ${JSON.stringify(value[name])}`);
    }
  }
  return value;
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && TIME.test(value);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
