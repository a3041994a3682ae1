import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { CopyError, type ErrorCode } from '../../src/errors.ts';
import { writeSummary } from '../../src/github/job-summary.ts';
import type { CopyFacts, CopyState } from '../../src/report/copy-state.ts';
import { type SummaryDetails, summaryMarkdown } from '../../src/report/summary.ts';
import type { CompleteScan, ScanFigures } from '../../src/scan/scan-progress.ts';
import {
  completeExport,
  completeScan,
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
  files: [{ itemCount: 2, md5: 'm', etag: 'e', key: `${KEYS.data}a.json.gz`, size: 12_300_000 }],
  itemCount: 1_234_567,
  sizeBytes: 12_300_000,
  uncompressedBytes: 99_000_000,
  consumedReadCapacity: 12_345.5,
  segments: { total: 64, done: 64, workers: 32 },
};

function copyOf(change: Partial<CopyFacts & CompleteScan> = {}): CopyState {
  return completeScan({ ...COUNTED, ...change });
}

/** As a browser shows it: entities are characters again. */
function shown(markdown: string): string {
  return markdown.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}

/** The second cell of each row, by the first. */
function cells(markdown: string): Record<string, string> {
  const rows = markdown.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| |'));
  return Object.fromEntries(
    rows.map((row) => {
      const parts = row.split('|');
      assert.equal(parts.length, 4, `a row has two cells: ${row}`);
      return [parts[1]?.trim() ?? '', shown(parts[2]?.trim() ?? '')];
    }),
  );
}

test('a copy that came about: the result first, then what, where, how much and how long', () => {
  const markdown = summaryMarkdown(copyOf(), FACTS, undefined, []);
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

test('dropped items and the reason for the engine have rows of their own', () => {
  const copy = copyOf({ droppedCount: 3, engineReason: 'the table is smaller than 10 GiB' });
  const { Dropped, Engine } = cells(summaryMarkdown(copy, FACTS, undefined, []));
  assert.equal(Dropped, '3 items, by process-func');
  assert.equal(Engine, 'scan, because the table is smaller than 10 GiB');
});

test('what was spent of the capacity: the cap, and how often DynamoDB throttled', () => {
  const readUnits = (change: Partial<ScanFigures>) =>
    cells(summaryMarkdown(copyOf(change), FACTS, undefined, []))['Read capacity units'];
  assert.equal(readUnits({ readCapacityCap: 2_500 }), '12,345.5, at most 2,500 RCU per second');
  assert.equal(readUnits({ throttledRequests: 3 }), '12,345.5, 3 requests throttled');
});

test('a copy of a part says so', () => {
  assert.match(summaryMarkdown(copyOf({ scope: 'subset' }), FACTS, undefined, []), /✅ Copied part of Orders to S3/);
});

test('a failure in the middle: the code, what happened, what to do, and that what lies there is no copy', () => {
  const rest = startedScan({ ...COUNTED, segments: { total: 64, done: 3, workers: 32 } });
  const failure = new CopyError('THROTTLED', 'first line\nsecond line', 'Re-run the job.');
  const markdown = summaryMarkdown(rest, FACTS, failure, []);
  assert.match(
    markdown,
    /^### ❌ DynamoDB to S3 failed: `THROTTLED`\n\n> first line {2}\n> second line {2}\n>\n> Re-run the job\.\n\n/,
  );
  assert.equal(cells(markdown)['Segments'], '3 of 64, 32 in parallel');
  assert.match(markdown, /It has no `manifest-summary\.json` and does not count as a copy\./);
  assert.doesNotMatch(markdown, /✅/);
});

test('a failure says where to read on, and that a re-run goes on where it does', () => {
  const rest = startedScan({ ...COUNTED, isResumable: true });
  const failed = (copy: CopyState, code: ErrorCode) =>
    summaryMarkdown(copy, FACTS, new CopyError(code, 'what', 'next'), [], 'https://github.com/a/b#c');
  const markdown = failed(rest, 'NETWORK');
  assert.match(markdown, /> next\n\n\[More about `NETWORK`\]\(https:\/\/github\.com\/a\/b#c\)\n\n/);
  assert.match(markdown, /does not count as a copy\. "Re-run failed jobs" resumes this copy\./);
  for (const [copy, code] of [
    [{ ...rest, isResumable: false }, 'NETWORK'],
    // The copy is complete, and only its report failed.
    [copyOf(), 'OUTPUTS_NOT_WRITTEN'],
    // It starts over, or says itself what a re-run does.
    [rest, 'TABLE_RECREATED'],
    [rest, 'CANCELLED'],
  ] as const) {
    assert.doesNotMatch(failed(copy, code), /Re-run failed jobs/);
  }
});

test('a failure before anything was read has no rows of nothing', () => {
  const rest = startedScan({ ...COUNTED, segments: { total: 0, done: 0, workers: 0 }, files: [] });
  const failure = new CopyError('ACCESS_DENIED', 'what', 'next');
  assert.deepEqual(Object.keys(cells(summaryMarkdown(rest, FACTS, failure, []))), ['Table', 'Copy']);
});

test('a failure before anything was written has no table and says nothing of what was', () => {
  const failure = new CopyError('INVALID_INPUT', 'wrong', 'right');
  for (const copy of [undefined, notStarted('scan'), notStarted('export')]) {
    for (const facts of [undefined, FACTS]) {
      const markdown = summaryMarkdown(copy, facts, failure, []);
      assert.match(markdown, /failed: `INVALID_INPUT`/);
      assert.deepEqual(cells(markdown), {});
      assert.doesNotMatch(markdown, /does not count as a copy/);
    }
  }
});

test('an export: not begun, under way, complete, and failed', () => {
  const underWay = startedExport();
  const nothing = notStarted('export');
  assert.match(summaryMarkdown(nothing, FACTS, undefined, []), /^### ✅ Export of Orders skipped: .*\n\n$/);

  const rows = {
    Table: 'Orders (eu-west-1)',
    Copy: 's3://bucket/nightly/AWSDynamoDB/01715685260608-c488b4e1/',
    Export: EXPORT_ARN,
    Time: '4 min 10 s',
    Snapshot: '2024-05-14T11:14:20.608Z',
  };
  const waiting = summaryMarkdown(underWay, FACTS, undefined, []);
  assert.match(waiting, /^### ⏳ Export of Orders to S3 is in progress\. This step did not wait for it\n/);
  assert.deepEqual(cells(waiting), rows);

  const complete = { itemCount: 1_234_567 };
  const done = summaryMarkdown(completeExport(complete), FACTS, undefined, []);
  assert.match(done, /^### ✅ Copied Orders to S3: 1,234,567 items\n/);
  assert.deepEqual(cells(done), { ...rows, Items: '1,234,567' });
  const read = completeExport({ ...complete, files: COUNTED.files, sizeBytes: 12_300_000 });
  assert.deepEqual(cells(summaryMarkdown(read, FACTS, undefined, [])), {
    ...rows,
    Items: '1,234,567',
    Objects: '1 × DYNAMODB_JSON, gzip',
    Size: '12.3 MB stored',
  });

  const failed = new CopyError('EXPORT_FAILED', 'It failed.', 'Fix it.');
  assert.match(summaryMarkdown(underWay, FACTS, failed, []), /does not count as a copy/);
  const cancelled = new CopyError('CANCELLED', 'The export continues.', 'Wait.');
  assert.doesNotMatch(summaryMarkdown(underWay, FACTS, cancelled, []), /does not count as a copy/);
});

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

test('no text can be more than text: neither Markdown, nor a table, nor HTML', async (t) => {
  for (const text of HOSTILE) {
    await t.test(JSON.stringify(text), () => {
      const failure = new CopyError('NETWORK', text, text);
      const copy = copyOf({ bucket: text });
      const facts = { ...FACTS, table: text, sourceRegion: text, format: text, compression: text };
      for (const markdown of [summaryMarkdown(copy, facts, failure, []), summaryMarkdown(copy, facts, undefined, [])]) {
        // What is not ours holds no character that Markdown gives a meaning to.
        const harmless = markdown
          .replace(/^### (✅ Copied|❌ DynamoDB to S3 failed: `NETWORK`)/, '')
          .replaceAll(/^\|---\|---\|$|^\| \| \|$|^\| [A-Za-z ]+ \||\|$|^> ?/gm, '')
          .replace('`manifest-summary.json`', '')
          .replaceAll(/&#\d+;/g, '');
        assert.doesNotMatch(harmless, /[\\`*_{}[\]<>|&~@$]/);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
        assert.doesNotMatch(markdown, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/);
        const { Copy, ...others } = cells(markdown);
        assert.equal(Object.keys(others).length, 8);
        assert.ok(Copy?.endsWith('/nightly/AWSDynamoDB/01715685260608-c488b4e1/'));
      }
    });
  }
});

test('a secret of the environment is not in it', () => {
  const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCY';
  const failure = new CopyError('NETWORK', `no ${secret} no`, `no ${secret}`);
  const text = summaryMarkdown(copyOf({ bucket: secret }), { ...FACTS, table: secret }, failure, [secret]);
  assert.ok(!shown(text).includes(secret));
  assert.ok(shown(summaryMarkdown(copyOf({ bucket: secret }), FACTS, failure, [])).includes(secret), 'control');
});

test("it is added to what the step's summary holds already; a runner without summaries is no error", () => {
  using folder = createStepFolder();
  writeSummary('one\n', folder.env);
  writeSummary('two\n', folder.env);
  assert.equal(readFileSync(folder.env['GITHUB_STEP_SUMMARY'] ?? '', 'utf8'), 'one\ntwo\n');
  writeSummary('nowhere\n', {});
  assert.equal(folder.summary(), 'one\ntwo\n');
});

test('nor can a preview or what is offered of the copy: cells are escaped, and nothing ends a block of code', () => {
  for (const text of HOSTILE) {
    const preview = {
      ...{ engine: 'scan' as const, why: text, capacity: text, format: text, sizeBytes: 1, itemCount: 1 },
      ...{ table: text, destination: text, plan: { segments: 1, workers: 1, readUnits: 1, seconds: 1 } },
    };
    const findings = [{ name: 'Table', outcome: { status: 'ok' as const, says: text, caveat: text } }];
    const dry = summaryMarkdown(undefined, { ...FACTS, table: text, dryRun: { findings, preview } }, undefined, []);
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
      ...{ bucket: text, data: `${text}/data/`, beside: `${text}/`, fileCount: 1, format: 'DYNAMODB_JSON' as const },
      ...{ compression: 'gzip' as const, scope: 'table' as const, hasWholeItems: true, isOnAws: true },
      ...{ isIncrement: false, isArchived: false, isRequesterPays: false },
    };
    const lines = summaryMarkdown(copyOf(), { ...FACTS, complete }, undefined, []).split('\n');
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
