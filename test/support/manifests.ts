import { createHash } from 'node:crypto';

/** What manifest-summary.json holds, in the order in which it must hold it. */
export interface ManifestSummary {
  readonly version: string;
  readonly exportArn: string;
  readonly startTime: string;
  readonly endTime: string;
  readonly tableArn: string;
  readonly tableId: string | null;
  readonly exportTime: string;
  readonly s3Bucket: string;
  readonly s3Prefix: string | null;
  readonly s3SseAlgorithm: string | null;
  readonly s3SseKmsKeyId: string | null;
  readonly manifestFilesS3Key: string;
  readonly billedSizeBytes: number;
  readonly itemCount: number;
  readonly outputFormat: string;
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

/** Each field with what its value must be, in the order of a real manifest. */
const SUMMARY_FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  version: (value) => value === '2020-06-30',
  exportArn: (value) =>
    typeof value === 'string' && /^arn:[^:]+:dynamodb:.*:table\/[^/]+\/export\/\d{14}-[0-9a-f]{8}$/.test(value),
  startTime: isTime,
  endTime: isTime,
  tableArn: (value) => typeof value === 'string' && /^arn:[^:]+:dynamodb:[^:]*:\d{12}:table\/[^/]+$/.test(value),
  tableId: (value) => value === null || (typeof value === 'string' && value !== ''),
  exportTime: isTime,
  s3Bucket: isText,
  s3Prefix: (value) => value === null || isText(value),
  s3SseAlgorithm: (value) => value === null || value === 'AES256' || value === 'KMS',
  s3SseKmsKeyId: (value) => value === null || isText(value),
  manifestFilesS3Key: isText,
  billedSizeBytes: isCount,
  itemCount: isCount,
  outputFormat: isText,
  exportType: (value) => value === 'FULL_EXPORT',
};

const FILE_FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  itemCount: isCount,
  md5Checksum: (value) => typeof value === 'string' && MD5.test(value),
  etag: (value) => typeof value === 'string' && ETAG.test(value),
  dataFileS3Key: isText,
};

/** Reads manifest-summary.json, which must be written as DynamoDB writes it, to the byte. Says all that is wrong. */
export function readSummary(bytes: Buffer, writer: Writer, problem: (text: string) => void): ManifestSummary {
  const { exportType, ...native } = SUMMARY_FIELDS;
  const hasType = bytes.includes('"exportType"');
  if (writer === 'scan' && !hasType) {
    problem('manifest-summary.json has no exportType, which strict readers want');
  }
  const fields = hasType ? SUMMARY_FIELDS : native;
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
  fields: Readonly<Record<string, (value: unknown) => boolean>>,
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
