import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CopyError } from '../../src/errors.ts';
import { absoluteTimeOf, type ExportSpecification, exportTableInput } from '../../src/export/export-request.ts';
import { parseInputTime } from '../../src/inputs/parse-input-time.ts';

/** Current time by AWS's clock, with milliseconds as in practice */
const NOW = new Date('2026-11-22T12:00:00.900Z');

function specification(from: string, to?: string): ExportSpecification {
  return {
    table: { tableArn: 'arn:aws:dynamodb:eu-central-1:123456789012:table/t' },
    bucket: 'b',
    prefix: '',
    format: 'DYNAMODB_JSON',
    exportTime: undefined,
    parameters: {
      request: { ExportType: 'INCREMENTAL_EXPORT' },
      window: {
        from: from === 'last' ? 'last' : (parseInputTime(from) ?? assert.fail(from)),
        to: to === undefined ? to : parseInputTime(to),
        viewType: undefined,
      },
    },
    bucketOwner: undefined,
    encryption: undefined,
  };
}

/** Client without an endpoint: no request is sent if both ends of the window are given. */
const NOWHERE = new DynamoDBClient({ region: 'eu-central-1', endpoint: 'http://127.0.0.1:1' });

async function windowOf(from: string, to?: string): Promise<readonly (string | undefined)[] | string> {
  try {
    const context = { client: NOWHERE, signal: AbortSignal.timeout(1_000) };
    const request = await exportTableInput(context, specification(from, to), undefined, NOW);
    assert.ok(request !== 'window too short');
    const { ExportFromTime, ExportToTime } = request.IncrementalExportSpecification ?? {};
    return [ExportFromTime?.toISOString(), ExportToTime?.toISOString()];
  } catch (error) {
    assert.ok(error instanceof CopyError, String(error));
    return error.code;
  }
}

describe('the window of an incremental export requested at 12:00:00.9', () => {
  for (const [from, to, sent] of [
    // DynamoDB sets the end to 12:00:00 or later.
    ['-PT15M', undefined, ['2026-11-22T11:45:00.000Z', undefined]],
    ['2026-11-22T11:45:00Z', undefined, ['2026-11-22T11:45:00.000Z', undefined]],
    ['2026-11-22T11:45:00.001Z', undefined, 'EXPORT_TIME_INVALID'],
    ['-PT14M59S', undefined, 'EXPORT_TIME_INVALID'],
    // A day until now would be a second too long when DynamoDB sets the end.
    ['-P1D', undefined, ['2026-11-21T12:00:00.000Z', '2026-11-22T12:00:00.000Z']],
    ['-PT23H59M30S', undefined, ['2026-11-21T12:00:30.000Z', '2026-11-22T12:00:00.000Z']],
    ['-PT23H59M', undefined, ['2026-11-21T12:01:00.000Z', undefined]],
    ['-PT24H1S', undefined, 'EXPORT_TIME_INVALID'],
    ['-P1DT1H', '-PT1H', ['2026-11-21T11:00:00.000Z', '2026-11-22T11:00:00.000Z']],
    ['2026-11-21T11:59:59.999Z', '2026-11-22T12:00:00Z', 'EXPORT_TIME_INVALID'],
  ] as const) {
    test(`is sent as ${JSON.stringify(sent)} if it is ${from} to ${to ?? 'now'}`, async () => {
      assert.deepEqual(await windowOf(from, to), sent);
    });
  }
});

describe('absoluteTimeOf', () => {
  for (const [from, to, fixed] of [
    ['2026-11-22T10:00:00Z', '2026-11-22T11:00:00Z', '2026-11-22T11:00:00.000Z'],
    ['2026-11-22T10:00:00Z', undefined, undefined],
    ['2026-11-22T10:00:00Z', '-PT1H', undefined],
    ['-PT2H', '2026-11-22T11:00:00Z', undefined],
    ['last', '2026-11-22T11:00:00Z', undefined],
  ] as const) {
    test(`returns ${fixed} for a window from ${from} to ${to}`, () =>
      assert.equal(absoluteTimeOf(specification(from, to))?.toISOString(), fixed));
  }

  for (const [exportTime, fixed] of [
    ['2026-11-22T10:00:00Z', '2026-11-22T10:00:00.000Z'],
    ['-PT2H', undefined],
    [undefined, undefined],
  ] as const) {
    test(`returns ${fixed} for export-time ${exportTime}`, () => {
      const { window: _, ...parameters } = specification('last').parameters;
      const full = { ...specification('last'), parameters, exportTime: exportTime && parseInputTime(exportTime) };
      assert.equal(absoluteTimeOf(full)?.toISOString(), fixed);
    });
  }
});

describe('the owner and the encryption of an export', () => {
  const given = { bucketOwner: '111122223333', encryption: { algorithm: 'KMS', kmsKeyId: 'alias/own' } } as const;
  const kwargs = { bucketOwner: '444455556666', sseAlgorithm: 'AES256', sseKmsKeyId: 'alias/kwargs' } as const;
  const none = { bucketOwner: undefined, encryption: undefined };
  for (const [source, inputs, parameters, expected] of [
    ['inputs, if both are set', given, kwargs, ['111122223333', 'KMS', 'alias/own']],
    ['export-kwargs, if no inputs are set', none, kwargs, ['444455556666', 'AES256', 'alias/kwargs']],
    ['no source, if neither is set', none, {}, [undefined, undefined, undefined]],
  ] as const) {
    test(`are taken from ${source}`, async () => {
      const base = specification('2026-11-20T00:00:00Z', '2026-11-20T01:00:00Z');
      const changed = { ...base, ...inputs, parameters: { ...base.parameters, ...parameters } };
      const context = { client: NOWHERE, signal: AbortSignal.timeout(1_000) };
      const request = await exportTableInput(context, changed, undefined, NOW);
      assert.ok(request !== 'window too short');
      assert.deepEqual([request.S3BucketOwner, request.S3SseAlgorithm, request.S3SseKmsKeyId], expected);
    });
  }
});
