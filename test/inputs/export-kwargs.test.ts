import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ExportParameters } from '../../src/export/export-parameters.ts';
import { readExportParameters } from '../../src/inputs/export-kwargs.ts';
import { parseMapping } from '../../src/inputs/mapping.ts';
import { InputProblems } from '../../src/inputs/problems.ts';

function read(text: string): { parameters: ExportParameters; lines: readonly string[] } {
  const problems = new InputProblems();
  const parameters = readExportParameters(parseMapping(text, problems) ?? new Map(), problems.at('kwargs'));
  return { parameters, lines: problems.lines };
}

describe('export-kwargs', () => {
  test('are passed to DynamoDB unchanged', () => {
    const { parameters, lines } = read(
      '{"ExportType":"FULL_EXPORT","S3BucketOwner":"123456789012","S3SseAlgorithm":"KMS","S3SseKmsKeyId":"alias/k","ClientToken":"t"}',
    );
    assert.deepEqual(lines, []);
    assert.deepEqual(parameters, {
      request: { ClientToken: 't', ExportType: 'FULL_EXPORT' },
      bucketOwner: '123456789012',
      sseAlgorithm: 'KMS',
      sseKmsKeyId: 'alias/k',
    });
  });

  test('keep every digit of a filter value in plain notation', () => {
    const { parameters, lines } = read(
      '{"FilterSpecification":{"KeyConditionExpression":"pk = :p","FilterExpression":"#n > :n","ExpressionAttributeNames":{"#n":"n"},"ExpressionAttributeValues":{":p":"a",":n":12345678901234567890123456789012345678}}}',
    );
    assert.deepEqual(lines, []);
    const filter = parameters.request.FilterSpecification;
    assert.equal(filter?.KeyConditionExpression, 'pk = :p');
    assert.deepEqual(filter?.ExpressionAttributeValues?.[':n'], { N: '12345678901234567890123456789012345678' });
  });

  test('accept last, durations, ISO 8601 times and Unix seconds for the export window', () => {
    const window = (text: string) =>
      read(`{"ExportType":"INCREMENTAL_EXPORT","IncrementalExportSpecification":${text}}`).parameters.window;
    assert.equal(window('{"ExportFromTime":"last"}')?.from, 'last');
    assert.deepEqual(window('{"ExportFromTime":"-PT1H"}')?.from, { kind: 'relative', msAgo: 3_600_000 });
    assert.deepEqual(window('{"ExportFromTime":"2026-11-22T01:00:00Z","ExportToTime":1795316400}'), {
      from: { kind: 'absolute', time: new Date('2026-11-22T01:00:00Z') },
      to: { kind: 'absolute', time: new Date('2026-11-22T03:00:00Z') },
      viewType: undefined,
    });
  });

  for (const [what, text, expected] of [
    ['an unknown name', '{"ExportTyp":"x"}', /kwargs\.ExportTyp: is not a supported parameter.* ExportType, /],
    ['a name that is an input', '{"ExportTime":1}', /kwargs\.ExportTime: .*export-time/],
    [
      'an ExportType that DynamoDB does not define',
      '{"ExportType":"FULL"}',
      /kwargs\.ExportType: must be FULL_EXPORT or INCREMENTAL_EXPORT/,
    ],
    [
      'a bucket owner that is not an account ID',
      '{"S3BucketOwner":"12"}',
      /kwargs\.S3BucketOwner: must be a 12-digit account ID/,
    ],
    ['a key without KMS', '{"S3SseKmsKeyId":"k"}', /kwargs\.S3SseKmsKeyId: requires S3SseAlgorithm: KMS/],
    ['a client token with a dollar sign', '{"ClientToken":"a$"}', /kwargs\.ClientToken: must not contain \$/],
    [
      'an incremental export without a window',
      '{"ExportType":"INCREMENTAL_EXPORT"}',
      /requires IncrementalExportSpecification/,
    ],
    [
      'a window without ExportType',
      '{"IncrementalExportSpecification":{"ExportFromTime":"last"}}',
      /requires ExportType/,
    ],
    [
      'a window without ExportFromTime',
      '{"ExportType":"INCREMENTAL_EXPORT","IncrementalExportSpecification":{}}',
      /kwargs\.IncrementalExportSpecification\.ExportFromTime: is required/,
    ],
    [
      'a time in milliseconds',
      '{"ExportType":"INCREMENTAL_EXPORT","IncrementalExportSpecification":{"ExportFromTime":1795316400000}}',
      /ExportFromTime: must be last, or an ISO 8601 time/,
    ],
    [
      'NEW_IMAGES, which the AWS documentation lists but DynamoDB rejects',
      '{"ExportType":"INCREMENTAL_EXPORT","IncrementalExportSpecification":{"ExportFromTime":"last","ExportViewType":"NEW_IMAGES"}}',
      /ExportViewType: must be NEW_AND_OLD_IMAGES or NEW_IMAGE/,
    ],
    ['an empty filter', '{"FilterSpecification":{}}', /kwargs\.FilterSpecification: must not be empty/],
    [
      'an unknown name in a filter',
      '{"FilterSpecification":{"Filter":"a"}}',
      /kwargs\.FilterSpecification\.Filter: is not a supported parameter/,
    ],
  ] as const) {
    test(`reject ${what}`, () => {
      const { lines } = read(text);
      assert.ok(
        lines.some((line) => expected.test(line)),
        lines.join('\n'),
      );
    });
  }
});
