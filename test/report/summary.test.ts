import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { CopyError, type ErrorCode } from '../../src/errors.ts';
import { writeSummary } from '../../src/github/job-summary.ts';
import type { CopyFacts, CopyState } from '../../src/report/copy-state.ts';
import { type SummaryDetails, summaryMarkdown } from '../../src/report/summary.ts';
import type { CompleteScan, ScanFigures } from '../../src/scan/scan-state.ts';
import {
  completeExport,
  completeScan,
  completeShard,
  EXPORT_ARN,
  KEYS,
  notStarted,
  startedExport,
  startedScan,
} from '../fixtures/copy-states.ts';
import { createStepFolder } from '../runner/runner-files.ts';

const FACTS: SummaryDetails = {
  table: 'Orders',
  sourceRegion: 'eu-west-1',
  format: 'DYNAMODB_JSON',
  compression: 'gzip',
  durationSeconds: 250,
  samples: [],
};

const COUNTED: Partial<ScanFigures> & Pick<ScanFigures, 'files'> = {
  files: [{ itemCount: 2, md5: 'm', sha256: 's', etag: 'e', key: `${KEYS.data}a.json.gz`, size: 12_300_000 }],
  itemCount: 1_234_567,
  sizeBytes: 12_300_000,
  uncompressedBytes: 99_000_000,
  consumedReadCapacity: 12_345.5,
  segments: { total: 64, done: 64, workers: 32 },
};

function copyOf(change: Partial<CopyFacts & CompleteScan> = {}): CopyState {
  return completeScan({ ...COUNTED, ...change });
}

/** Decodes entities as a browser does. */
function decoded(markdown: string): string {
  return markdown.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}

/** Returns the second cell of each row by its first cell. */
function cells(markdown: string): Record<string, string> {
  const rows = markdown.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| |'));
  return Object.fromEntries(
    rows.map((row) => {
      const parts = row.split('|');
      assert.equal(parts.length, 4, `a row has two cells: ${row}`);
      return [parts[1]?.trim() ?? '', decoded(parts[2]?.trim() ?? '')];
    }),
  );
}

test('the summary of a complete scan has the result first, then source, destination, size and time', () => {
  const markdown = summaryMarkdown({ copy: copyOf(), details: FACTS, failure: undefined, secrets: [] });
  assert.match(markdown, /^### ✅ Copied Orders to S3: 1,234,567 items\n\n\| \| \|\n\|---\|---\|\n/);
  assert.deepEqual(cells(markdown), {
    Table: 'Orders (eu-west-1)',
    Copy: 's3://bucket/nightly/AWSDynamoDB/01715685260608-c488b4e1/',
    Items: '1,234,567',
    Objects: '1 × DYNAMODB_JSON, gzip',
    Size: '12.3 MB stored, 99 MB uncompressed',
    Time: '4 min 10 s',
    Started: '2024-05-14T11:14:20.608Z',
    'Read capacity units': '12,345.5',
    Segments: '64 of 64, 32 in parallel',
  });
  assert.doesNotMatch(markdown, /does not count as a copy/);
});

test('the summary of a scan has a row for dropped items and one for the reason for the engine', () => {
  const copy = copyOf({ droppedCount: 3, engineReason: 'the table is smaller than 10 GiB' });
  const { Dropped, Engine } = cells(summaryMarkdown({ copy, details: FACTS, failure: undefined, secrets: [] }));
  assert.equal(Dropped, '3 items, by process-func');
  assert.equal(Engine, 'scan, because the table is smaller than 10 GiB');
});

test('the summary of a scan reports the read limit and the number of throttled requests', () => {
  const readUnits = (change: Partial<ScanFigures>) =>
    cells(summaryMarkdown({ copy: copyOf(change), details: FACTS, failure: undefined, secrets: [] }))[
      'Read capacity units'
    ];
  assert.equal(readUnits({ readLimit: 2_500 }), '12,345.5, at most 2,500 RCU per second');
  assert.equal(readUnits({ throttledRequests: 3 }), '12,345.5, 3 requests throttled');
});

test('the summary of a filtered copy says that it is a part of the table', () => {
  assert.match(
    summaryMarkdown({ copy: copyOf({ scope: 'subset' }), details: FACTS, failure: undefined, secrets: [] }),
    /✅ Copied part of Orders to S3/,
  );
});

test('the summary of a failed scan has the code, the message, the remedy, and a note that the objects do not count as a copy', () => {
  const incomplete = startedScan({ ...COUNTED, segments: { total: 64, done: 3, workers: 32 } });
  const failure = new CopyError('THROTTLED', 'first line\nsecond line', 'Re-run the job.');
  const markdown = summaryMarkdown({ copy: incomplete, details: FACTS, failure, secrets: [] });
  assert.match(
    markdown,
    /^### ❌ DynamoDB to S3 failed: `THROTTLED`\n\n> first line {2}\n> second line {2}\n>\n> Re-run the job\.\n\n/,
  );
  assert.equal(cells(markdown)['Segments'], '3 of 64, 32 in parallel');
  assert.match(markdown, /It has no `manifest-summary\.json` and does not count as a copy\./);
  assert.doesNotMatch(markdown, /✅/);
});

test('the summary of a failed scan links to the documentation of the code and says if a re-run resumes the copy', () => {
  const incomplete = startedScan({ ...COUNTED, isResumable: true });
  const failed = (copy: CopyState, code: ErrorCode) =>
    summaryMarkdown({
      copy,
      details: FACTS,
      failure: new CopyError(code, 'what', 'next'),
      secrets: [],
      help: 'https://github.com/a/b#c',
    });
  const markdown = failed(incomplete, 'NETWORK');
  assert.match(markdown, /> next\n\n\[More about `NETWORK`\]\(https:\/\/github\.com\/a\/b#c\)\n\n/);
  assert.match(markdown, /does not count as a copy\. "Re-run failed jobs" resumes this copy\./);
  for (const [copy, code] of [
    [{ ...incomplete, isResumable: false }, 'NETWORK'],
    // The copy is complete. Only its outputs failed.
    [copyOf(), 'OUTPUTS_NOT_WRITTEN'],
    // A re-run starts over, or the message itself describes the re-run.
    [incomplete, 'TABLE_RECREATED'],
    [incomplete, 'CANCELLED'],
  ] as const) {
    assert.doesNotMatch(failed(copy, code), /Re-run failed jobs/);
  }
});

test('the summary of a shard names the shard and says when the copy is complete', () => {
  const copy = completeShard(COUNTED);
  const markdown = summaryMarkdown({ copy, details: FACTS, failure: undefined, secrets: [] });
  assert.match(markdown, /^### ✅ Copied shard 3-of-8 of Orders to S3: 1,234,567 items\n/);
  const { Shard, Copy, Planned, Started } = cells(markdown);
  assert.deepEqual([Shard, Copy], ['3-of-8', `s3://bucket/${KEYS.root}`]);
  assert.deepEqual([Planned, Started], ['2024-05-14T11:14:20.608Z', undefined]);
  assert.match(markdown, /The copy is complete once all shards are complete and the last job has written/);
  assert.doesNotMatch(markdown, /Next steps/);
  const again = { ...copy, wasComplete: true };
  assert.match(
    summaryMarkdown({ copy: again, details: FACTS, failure: undefined, secrets: [] }),
    /^### ✅ Shard 3-of-8 of Orders was complete already: 1,234,567 items\n/,
  );
});

test('the summary of a failed shard says that a re-run resumes the shard', () => {
  const copy = startedScan({ ...COUNTED, shard: '3-of-8', isResumable: true });
  const failure = new CopyError('NETWORK', 'what', 'next');
  const markdown = summaryMarkdown({ copy, details: FACTS, failure, secrets: [] });
  assert.match(markdown, /Shard 3-of-8 is incomplete\. Until all shards are complete, the copy has no/);
  assert.match(markdown, /"Re-run failed jobs" resumes this shard\. "Re-run all jobs" starts a new copy\./);
  assert.doesNotMatch(markdown, /The copy is complete once/);
});

test('the summary of a scan that failed before its first read has no rows without values', () => {
  const incomplete = startedScan({ ...COUNTED, segments: { total: 0, done: 0, workers: 0 }, files: [] });
  const failure = new CopyError('ACCESS_DENIED', 'what', 'next');
  assert.deepEqual(Object.keys(cells(summaryMarkdown({ copy: incomplete, details: FACTS, failure, secrets: [] }))), [
    'Table',
    'Copy',
  ]);
});

test('the summary of a step that failed before its first write has no table', () => {
  const failure = new CopyError('INVALID_INPUT', 'wrong', 'right');
  for (const copy of [undefined, notStarted('scan'), notStarted('export')]) {
    for (const details of [undefined, FACTS]) {
      const markdown = summaryMarkdown({ copy, details, failure, secrets: [] });
      assert.match(markdown, /failed: `INVALID_INPUT`/);
      assert.deepEqual(cells(markdown), {});
      assert.doesNotMatch(markdown, /does not count as a copy/);
    }
  }
});

test('the summary of an export that was not started says that it was skipped', () => {
  const markdown = summaryMarkdown({ copy: notStarted('export'), details: FACTS, failure: undefined, secrets: [] });
  assert.match(markdown, /^### ✅ Export of Orders skipped: .*\n\n$/);
});

const EXPORT_ROWS = {
  Table: 'Orders (eu-west-1)',
  Copy: 's3://bucket/nightly/AWSDynamoDB/01715685260608-c488b4e1/',
  Export: EXPORT_ARN,
  Time: '4 min 10 s',
  Snapshot: '2024-05-14T11:14:20.608Z',
};

test('the summary of an export in progress says that the step did not wait for it', () => {
  const markdown = summaryMarkdown({ copy: startedExport(), details: FACTS, failure: undefined, secrets: [] });
  assert.match(markdown, /^### ⏳ Export of Orders to S3 is in progress\. This step did not wait for it\n/);
  assert.deepEqual(cells(markdown), EXPORT_ROWS);
});

test('the summary of a complete export lists its objects only if its manifests were read', () => {
  const withoutManifests = completeExport({ itemCount: 1_234_567 });
  const markdown = summaryMarkdown({ copy: withoutManifests, details: FACTS, failure: undefined, secrets: [] });
  assert.match(markdown, /^### ✅ Copied Orders to S3: 1,234,567 items\n/);
  assert.deepEqual(cells(markdown), { ...EXPORT_ROWS, Items: '1,234,567' });

  const withManifests = completeExport({ itemCount: 1_234_567, files: COUNTED.files, sizeBytes: 12_300_000 });
  assert.deepEqual(cells(summaryMarkdown({ copy: withManifests, details: FACTS, failure: undefined, secrets: [] })), {
    ...EXPORT_ROWS,
    Items: '1,234,567',
    Objects: '1 × DYNAMODB_JSON, gzip',
    Size: '12.3 MB stored',
  });
});

test('the summary of an unfinished export says that it does not count as a copy if it failed, not if the step was cancelled', () => {
  const failed = new CopyError('EXPORT_FAILED', 'It failed.', 'Fix it.');
  assert.match(
    summaryMarkdown({ copy: startedExport(), details: FACTS, failure: failed, secrets: [] }),
    /does not count as a copy/,
  );
  const cancelled = new CopyError('CANCELLED', 'The export continues.', 'Wait.');
  assert.doesNotMatch(
    summaryMarkdown({ copy: startedExport(), details: FACTS, failure: cancelled, secrets: [] }),
    /does not count as a copy/,
  );
});

/** Texts with characters that Markdown, tables or HTML interpret. */
const HOSTILE = [
  'a | b',
  'a\n| b | c |',
  'a\r\n\n# Title',
  '<img src=x onerror=alert(1)>',
  '<!-- hidden',
  '[x](https://evil.example)',
  '![x](https://evil.example/x.png)',
  '`code` **bold** __bold__ ~~gone~~',
  '@everyone #1',
  'a \\| b \\',
  '&lt;b&gt; &#124;',
  '$x^2$',
  '- + 1. > quote',
  '\u001b[31m\u0000',
  'a\u2028b',
];

test('the summary escapes Markdown, tables and HTML in every text', async (t) => {
  for (const text of HOSTILE) {
    await t.test(JSON.stringify(text), () => {
      const failure = new CopyError('NETWORK', text, text);
      const copy = copyOf({ bucket: text });
      const details = { ...FACTS, table: text, sourceRegion: text, format: text, compression: text };
      for (const markdown of [
        summaryMarkdown({ copy, details, failure, secrets: [] }),
        summaryMarkdown({ copy, details, failure: undefined, secrets: [] }),
      ]) {
        // The remaining text must contain no character that Markdown interprets.
        const harmless = markdown
          .replace(/^### (✅ Copied|❌ DynamoDB to S3 failed: `NETWORK`)/, '')
          .replaceAll(/^\|---\|---\|$|^\| \| \|$|^\| [A-Za-z ]+ \||\|$|^> ?/gm, '')
          .replace('`manifest-summary.json`', '')
          .replaceAll(/&#\d+;/g, '');
        assert.doesNotMatch(harmless, /[\\`*_{}[\]<>|&~@$]/);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these characters must not reach the summary
        assert.doesNotMatch(markdown, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/);
        const { Copy, ...others } = cells(markdown);
        assert.equal(Object.keys(others).length, 8);
        assert.ok(Copy?.endsWith('/nightly/AWSDynamoDB/01715685260608-c488b4e1/'));
      }
    });
  }
});

test('the summary does not contain a secret of the environment', () => {
  const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCY';
  const failure = new CopyError('NETWORK', `no ${secret} no`, `no ${secret}`);
  const text = summaryMarkdown({
    copy: copyOf({ bucket: secret }),
    details: { ...FACTS, table: secret },
    failure,
    secrets: [secret],
  });
  assert.ok(!decoded(text).includes(secret));
  assert.ok(
    decoded(summaryMarkdown({ copy: copyOf({ bucket: secret }), details: FACTS, failure, secrets: [] })).includes(
      secret,
    ),
    'control: without the list of secrets, the summary contains it',
  );
});

test('writeSummary appends to the step summary, and does nothing on a runner without summaries', () => {
  using folder = createStepFolder();
  writeSummary('one\n', folder.env);
  writeSummary('two\n', folder.env);
  assert.equal(readFileSync(folder.env['GITHUB_STEP_SUMMARY'] ?? '', 'utf8'), 'one\ntwo\n');
  writeSummary('nowhere\n', {});
  assert.equal(folder.summary(), 'one\ntwo\n');
});

test('the summary escapes the cells of a dry run, and no text ends a code block of the next steps', () => {
  for (const text of HOSTILE) {
    const preview = {
      ...{ engine: 'scan' as const, why: text, readLimit: text, format: text, sizeBytes: 1, itemCount: 1 },
      ...{ table: text, destination: text, plan: { segments: 1, workers: 1, readUnits: 1, seconds: 1 } },
    };
    const checkResults = [{ name: 'Table', outcome: { status: 'ok' as const, detail: text, caveat: text } }];
    const dry = summaryMarkdown({
      copy: undefined,
      details: { ...FACTS, table: text, dryRun: { checkResults, preview } },
      failure: undefined,
      secrets: [],
    });
    const cellsOnly = dry
      .replace('### 🔎 Dry run passed for ', '')
      .replaceAll(/^\|(---\|)+$|^\| \| \|$|^\| check \| \| \|$|^\| | \| | \|$/gm, '')
      .replaceAll(/&#\d+;/g, '');
    assert.doesNotMatch(cellsOnly, /[\\`*_{}[\]<>|&~@$]/);

    const keys = {
      KeySchema: [{ AttributeName: text, KeyType: 'HASH' as const }],
      AttributeDefinitions: [{ AttributeName: text, AttributeType: 'S' as const }],
    };
    const complete = {
      ...{ table: keys, tableName: 'orders', region: 'eu-west-1', bucketRegion: 'eu-west-1', bucketOwner: undefined },
      ...{ bucket: text, data: `${text}/data/`, root: `${text}/`, fileCount: 1, format: 'DYNAMODB_JSON' as const },
      ...{ compression: 'gzip' as const, scope: 'table' as const, hasWholeItems: true, isOnAws: true },
      ...{ isIncremental: false, isArchived: false, isRequesterPays: false },
    };
    const lines = summaryMarkdown({
      copy: copyOf(),
      details: { ...FACTS, complete },
      failure: undefined,
      secrets: [],
    }).split('\n');
    const outside = lines.filter(
      (_, index) => lines.slice(0, index).filter((line) => /^```/.test(line)).length % 2 === 0,
    );
    assert.equal(lines.filter((line) => /^```/.test(line)).length % 2, 0);
    assert.ok(
      outside.every((line) => !line.includes('evil') && !line.includes('onerror')),
      outside.join('\n'),
    );
  }
});
