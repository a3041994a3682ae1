import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { setOutputs } from '../../src/github/set-outputs.ts';
import type { DataFile } from '../../src/manifest/manifests.ts';
import type { CopyState } from '../../src/report/copy-state.ts';
import { copyOutputs } from '../../src/report/outputs.ts';
import {
  completeExport,
  completeScan,
  completeShard,
  EXPORT_ID as ID,
  KEYS,
  notStarted,
  startedExport,
  startedScan,
} from '../fixtures/copy-states.ts';
import { createStepFolder, type StepFolder } from '../runner/runner-files.ts';

function file(name: string): Required<DataFile> {
  return { itemCount: 1, md5: 'm', sha256: 's', etag: 'e', key: `${KEYS.data}${name}`, size: 17 };
}

const COUNTED = { itemCount: 12, droppedCount: 3, sizeBytes: 34, uncompressedBytes: 56, consumedReadCapacity: 7.5 };

function scanOf(files: readonly Required<DataFile>[]): CopyState {
  return startedScan({ ...COUNTED, files });
}

/** Sets the outputs as a step does. Returns the outputs that the runner reads and the warnings. */
function set(folder: StepFolder, copy: CopyState, env: NodeJS.ProcessEnv = folder.env) {
  process.env['GITHUB_OUTPUT'] = folder.env['GITHUB_OUTPUT'];
  const warnings: string[] = [];
  setOutputs(copyOutputs(copy, 12.34), env, {
    info: assert.fail,
    notice: assert.fail,
    warning: (message) => void warnings.push(message),
  });
  return { outputs: folder.outputs(), warnings };
}

test('a complete scan sets every output', () => {
  using folder = createStepFolder();
  const { outputs, warnings } = set(folder, completeScan({ ...COUNTED, files: [file('a'), file('b')] }));
  const path = join(folder.env['RUNNER_TEMP'] ?? '', `dynamodb-to-s3-keys-${ID}.json`);
  assert.deepEqual(outputs, {
    engine: 'scan',
    scope: 'table',
    'duration-seconds': '12.3',
    'export-id': ID,
    'snapshot-time': '2024-05-14T11:14:20.608Z',
    's3-keys': JSON.stringify([`${KEYS.data}a`, `${KEYS.data}b`]),
    's3-keys-file': path,
    's3-uri': `s3://bucket/nightly/AWSDynamoDB/${ID}/`,
    'data-uri': `s3://bucket/nightly/AWSDynamoDB/${ID}/data/`,
    'item-count': '12',
    'dropped-count': '3',
    'file-count': '2',
    'size-bytes': '34',
    'uncompressed-bytes': '56',
    'consumed-read-capacity': '7.5',
    'manifest-key': `nightly/AWSDynamoDB/${ID}/manifest-summary.json`,
  });
  assert.equal(readFileSync(path, 'utf8'), outputs['s3-keys']);
  assert.deepEqual(warnings, []);
});

test('a complete shard sets its own counts and objects, and no manifest-key', () => {
  using folder = createStepFolder();
  const { outputs } = set(folder, completeShard({ ...COUNTED, files: [file('a')] }));
  assert.equal(outputs['s3-keys'], JSON.stringify([`${KEYS.data}a`]));
  assert.equal(outputs['item-count'], '12');
  assert.equal(outputs['consumed-read-capacity'], '7.5');
  assert.equal(outputs['s3-uri'], `s3://bucket/nightly/AWSDynamoDB/${ID}/`);
  assert.ok(!('manifest-key' in outputs));
});

test('a failed copy sets s3-keys to the stored objects and does not set manifest-key', () => {
  using folder = createStepFolder();
  const { outputs } = set(folder, scanOf([file('a')]));
  assert.equal(outputs['s3-keys'], JSON.stringify([`${KEYS.data}a`]));
  assert.ok(!('manifest-key' in outputs));
});

test('a run that fails before its inputs are read sets only duration-seconds', () => {
  assert.deepEqual(copyOutputs(undefined, 0.04), { 'duration-seconds': '0.0' });
});

test('a run that fails before its first write sets no keys and no locations', () => {
  using folder = createStepFolder();
  const { outputs } = set(folder, notStarted('scan', { scope: 'subset' }));
  assert.deepEqual(outputs, { engine: 'scan', scope: 'subset', 'duration-seconds': '12.3' });
});

test('an export sets only the outputs that DynamoDB and the bucket have reported so far', () => {
  using folder = createStepFolder();
  const exportArn = `arn:aws:dynamodb:us-east-1:123456789012:table/T/export/${ID}`;
  const known = {
    engine: 'export',
    scope: 'table',
    'duration-seconds': '12.3',
    'export-id': ID,
    'export-arn': exportArn,
  };
  const locations = {
    'snapshot-time': '2024-05-14T11:14:20.608Z',
    's3-uri': `s3://bucket/nightly/AWSDynamoDB/${ID}/`,
    'data-uri': `s3://bucket/nightly/AWSDynamoDB/${ID}/data/`,
  };
  assert.deepEqual(copyOutputs(startedExport({ exportArn }), 12.34), { ...known, ...locations });
  assert.deepEqual(copyOutputs(startedExport({ exportArn, files: [file('a')] }), 12.34), {
    ...known,
    ...locations,
    's3-keys': JSON.stringify([`${KEYS.data}a`]),
    'file-count': '1',
  });

  const ended = { ...known, ...locations, 'item-count': '12', 'manifest-key': KEYS.manifestSummary };
  assert.deepEqual(copyOutputs(completeExport({ exportArn, itemCount: 12 }), 12.34), ended);
  const { outputs } = set(folder, completeExport({ exportArn, itemCount: 12, files: [file('a')], sizeBytes: 34 }));
  const { 's3-keys-file': path, ...rest } = outputs;
  assert.ok(path);
  assert.deepEqual(rest, {
    ...ended,
    's3-keys': JSON.stringify([`${KEYS.data}a`]),
    'file-count': '1',
    'size-bytes': '34',
  });
});

test('a copy without objects sets s3-keys to an empty list', () => {
  using folder = createStepFolder();
  const { outputs } = set(folder, scanOf([]));
  assert.equal(outputs['s3-keys'], '[]');
  assert.equal(outputs['file-count'], '0');
});

test('a key list that is too long for an output is written only to s3-keys-file, with a warning', () => {
  using folder = createStepFolder();
  // JSON adds 2 brackets, and 3 characters per key (quotes and comma) except for the comma of the last key.
  const keyOf = (length: number) => ({ ...file(''), key: 'k'.repeat(length) });
  const tooMany = Array.from({ length: 450 }, () => keyOf(997));
  const fits = [...tooMany.slice(1), keyOf(996)];
  assert.equal(JSON.stringify(fits.map(({ key }) => key)).length, 450_000);

  const within = set(folder, scanOf(fits));
  assert.equal(within.outputs['s3-keys']?.length, 450_000);
  assert.equal(within.warnings.length, 1);

  const beyond = set(folder, scanOf(tooMany));
  assert.equal(beyond.outputs['s3-keys'], '');
  assert.throws(
    () => JSON.parse(beyond.outputs['fromJSON fails instead of returning an empty list'] ?? ''),
    'fromJSON fails instead of reading nothing',
  );
  const whole = JSON.parse(readFileSync(beyond.outputs['s3-keys-file'] ?? '', 'utf8')) as string[];
  assert.deepEqual(
    whole,
    tooMany.map(({ key }) => key),
  );
  assert.equal(beyond.outputs['file-count'], '450');
  assert.equal(beyond.warnings.length, 1);
  assert.match(beyond.warnings[0] ?? '', /s3-keys is empty because 450 keys/);
});

test('a key list that is too long for an environment variable is set, with a warning that names s3-keys-file', () => {
  using folder = createStepFolder();
  const listOf = (characters: number) => scanOf([{ ...file(''), key: 'k'.repeat(characters - 4) }]);
  const within = set(folder, listOf(100_000));
  assert.equal(within.outputs['s3-keys']?.length, 100_000);
  assert.deepEqual(within.warnings, []);
  const beyond = set(folder, listOf(100_001));
  assert.equal(beyond.outputs['s3-keys']?.length, 100_001);
  assert.equal(beyond.warnings.length, 1);
  assert.match(beyond.warnings[0] ?? '', /s3-keys has 100,001 bytes.*128 KiB.*`env:`.*s3-keys-file/);
});

test('without RUNNER_TEMP, s3-keys-file is not set and the warning does not mention it', () => {
  using folder = createStepFolder();
  const many = Array.from({ length: 450 }, () => ({ ...file(''), key: 'k'.repeat(1_000) }));
  const { outputs, warnings } = set(folder, scanOf(many), {});
  assert.ok(!('s3-keys-file' in outputs));
  assert.equal(outputs['s3-keys'], '');
  assert.equal(warnings.length, 1);
  assert.doesNotMatch(warnings[0] ?? '', /s3-keys-file/);
});

test('a key that contains output syntax sets no other output', () => {
  using folder = createStepFolder();
  const evil = 'a\nmanifest-key=x\nghadelimiter\nmanifest-key<<E\nx\nE\n::set-output name=manifest-key::x';
  const { outputs } = set(folder, scanOf([file(evil)]));
  assert.ok(!('manifest-key' in outputs));
  assert.deepEqual(JSON.parse(outputs['s3-keys'] ?? ''), [`${KEYS.data}${evil}`]);
});
