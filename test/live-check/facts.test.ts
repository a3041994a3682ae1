import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  compareFact,
  errorTypeFacts,
  exportTypeFact,
  type Fact,
  incrementalIonFact,
  ionFacts,
  listExportsFact,
  newImageFacts,
  writeOrderFact,
} from '../../scripts/live-check/facts.ts';

/** Returns the comparison of each fact. */
function compared(facts: readonly Fact[]) {
  return facts.map(compareFact);
}

suite('a fact is', () => {
  for (const [seen, comparison] of [
    ['a', 'equal'],
    ['b', 'different'],
    ['', 'different'],
    [undefined, 'not seen'],
  ] as const) {
    test(`${comparison} if a is expected and ${seen} is seen`, () =>
      assert.equal(compareFact({ name: 'x', expected: 'a', seen }), comparison));
  }
});

suite('the types of errors', () => {
  test('are equal in every namespace of com.amazon.coral', () => {
    const facts = errorTypeFacts({
      validation: 'com.amazon.coral.validate#ValidationException',
      accessDenied: 'com.amazon.coral.service#AccessDeniedException',
    });
    assert.deepEqual(compared(facts), ['equal', 'equal']);
  });

  test('differ in the namespace of DynamoDB, and are not seen without an error', () => {
    const facts = errorTypeFacts({
      validation: 'com.amazonaws.dynamodb.v20120810#ValidationException',
      accessDenied: undefined,
    });
    assert.deepEqual(compared(facts), ['different', 'not seen']);
  });
});

suite('the order of the objects of an export', () => {
  const at = (seconds: number) => new Date(Date.UTC(2026, 10, 28, 0, 0, seconds));
  const objects = (times: readonly number[]) =>
    ['_started', 'data/a.json.gz', 'data/b.json.gz', 'manifest-files.json', 'manifest-summary.json'].map(
      (name, index) => ({ name, lastModified: at(times[index] ?? 0) }),
    );

  for (const [times, comparison] of [
    [[0, 1, 2, 3, 4], 'equal'],
    [[0, 0, 0, 0, 0], 'equal'],
    [[0, 4, 1, 3, 5], 'different'],
    [[1, 0, 2, 3, 4], 'different'],
    [[0, 1, 2, 4, 3], 'different'],
  ] as const) {
    test(`is ${comparison} for the times ${times.join(', ')}`, () =>
      assert.equal(compareFact(writeOrderFact(objects(times))), comparison));
  }

  test('is not seen without a summary, or without an export', () => {
    assert.equal(compareFact(writeOrderFact(objects([0, 1, 2, 3, 4]).slice(0, -1))), 'not seen');
    assert.equal(compareFact(writeOrderFact([])), 'not seen');
  });
});

suite('exportType in the summary of a full export', () => {
  for (const [summary, seen] of [
    ['{"exportType":"FULL_EXPORT"}', '"FULL_EXPORT"'],
    ['{"exportType":null}', 'null'],
    ['{"version":"2020-06-30"}', 'absent'],
    ['not JSON', 'absent'],
    [undefined, undefined],
  ] as const) {
    test(`is reported as ${seen} for ${summary}`, () => assert.equal(exportTypeFact(summary).seen, seen));
  }
});

suite('an incremental export with NEW_IMAGE', () => {
  const line = (pk: string, more = '', time = '{"N":"1768386096366933"}') =>
    `{"Metadata":{"WriteTimestampMicros":${time}},"Keys":{"pk":{"S":"${pk}"}}${more}}`;
  const image = ',"NewImage":{"pk":{"S":"a"}}';

  test('has no image of a deleted item, and no line of an item that was written and deleted', () => {
    const lines = [line('inserted', image), line('updated', image), line('deleted')];
    assert.deepEqual(compared(newImageFacts(lines)), ['equal', 'equal', 'equal', 'equal', 'equal']);
  });

  test('is reported with what differs', () => {
    const lines = [
      line('deleted', ',"OldImage":{}', '"1768386096366933"'),
      line('updated', `,"OldImage":{}${image}`),
      line('transient', image),
    ];
    assert.deepEqual(
      newImageFacts(lines).map(({ seen }) => seen),
      [
        'Metadata, Keys, OldImage',
        'no line',
        'Metadata, Keys, OldImage, NewImage',
        'Metadata, Keys, NewImage',
        '"1768386096366933"',
      ],
    );
  });

  test('is not seen if there is none', () =>
    assert.deepEqual(new Set(compared(newImageFacts(undefined))), new Set(['not seen'])));
});

suite('values in ION', () => {
  const line = '$ion_1_0 {Item:{pk:"types",nothing:null,hundred:1d2,odd:103.,fraction:1.5,micro:0.000001,tiny:1d-7}}';

  test('are read from the line of the item with all types', () => {
    const facts = ionFacts(['$ion_1_0 {Item:{pk:"other",nothing:1}}', line]);
    assert.deepEqual(new Set(compared(facts)), new Set(['equal']));
  });

  test('are reported with what differs', () => {
    const other = line.replace('nothing:null', 'nothing:null.null').replace('hundred:1d2', "'hundred':100.");
    assert.deepEqual(
      ionFacts([other.replace('micro:0.000001,', '')]).map(({ seen }) => seen),
      ['null.null', '100.', '103.', '1.5', undefined, '1d-7'],
    );
  });

  test('are not seen without an export', () =>
    assert.deepEqual(new Set(compared(ionFacts(undefined))), new Set(['not seen'])));
});

suite('the start of a line of an incremental export in ION', () => {
  for (const [lines, seen] of [
    [['$ion_1_0 {Record:{Keys:{}}}', '$ion_1_0 {Record:{Keys:{}}}'], '$ion_1_0 {Record:{'],
    [['$ion_1_0 {Keys:{}}'], '$ion_1_0 {Keys:{'],
    [['$ion_1_0 {Record:{}}', '{}'], '$ion_1_0 {Record:{ or another form'],
    [[], undefined],
    [undefined, undefined],
  ] as const) {
    test(`is reported as ${seen} for ${lines?.join(' and ')}`, () =>
      assert.equal(incrementalIonFact(lines).seen, seen));
  }
});

test('ListExports must be denied, and another error shows nothing', () => {
  assert.deepEqual(compared([listExportsFact('denied'), listExportsFact('allowed'), listExportsFact(undefined)]), [
    'equal',
    'different',
    'not seen',
  ]);
});
