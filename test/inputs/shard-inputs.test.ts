import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { formatPlan } from '../../src/shards/copy-plan.ts';
import { action } from '../docs/documents.ts';
import { PLAN } from '../fixtures/copy-plan.ts';
import { type Given, problemsOf, read } from './read-step.ts';

const SHARD = { plan: formatPlan(PLAN), shard: '3-of-8', 'max-parallel': '4' };

/** Returns the only problem of the inputs. */
function problemOf(given: Given): string {
  const lines = problemsOf(given);
  assert.equal(lines.length, 1, lines.join('\n'));
  return lines[0] ?? '';
}

suite('a step with plan and shard', () => {
  test('copies the shard with the values of the plan', () => {
    const inputs = read({ ...SHARD, compression: 'zstd' });
    assert.deepEqual(inputs.shard, { plan: PLAN, index: 3, count: 8, name: '3-of-8' });
    assert.equal(inputs.engine, 'scan');
    assert.equal(inputs.keyPrefix, 'backups/daily');
    assert.equal(inputs.attemptIndependentPrefix, 'backups/daily');
    assert.equal(inputs.keyPrefixAt(2, new Date(0)), 'backups/daily');
    assert.equal(inputs.fileSize, PLAN.fileSize);
    assert.equal(inputs.totalSegments, 64);
    assert.deepEqual(inputs.readCapacity, { kind: 'part', unitsPerSecond: 4000, fraction: undefined, parts: 4 });
    assert.equal(inputs.ifEmpty, 'ignore');
    assert.equal(inputs.compression, 'zstd');
  });

  test('accepts the defaults that the runner passes', () => {
    const defaults = Object.entries(action.inputs).flatMap(([name, { default: value = '' }]) =>
      name.startsWith('dynamodb-table') || name.startsWith('s3-bucket-name') ? [] : [[name, String(value)]],
    );
    const { shard } = read({ ...Object.fromEntries(defaults), ...SHARD });
    assert.equal(shard?.name, '3-of-8');
  });

  test('reads an index and a filter', () => {
    const kwargs = 'IndexName: by-date\nFilterExpression: a = :a\nExpressionAttributeValues: {":a": 1}';
    assert.equal(read({ ...SHARD, 'dynamodb-scan-kwargs': kwargs }).scan.request.IndexName, 'by-date');
  });
});

test('a step without plan and shard ignores max-parallel', () => {
  assert.equal(read({ 'max-parallel': 'any' }).shard, undefined);
});

suite('a step without plan and shard in a matrix', () => {
  for (const value of ['1-of-1', '3-of-8', '256-of-256']) {
    test(`fails if the matrix contains the shard ${value}, because each job would copy the whole table`, () => {
      const problem = problemOf({ matrix: JSON.stringify({ os: 'ubuntu', part: value }, null, 2) });
      assert.ok(
        problem.startsWith(`plan: is empty, like shard, but the matrix of the job contains the shard ${value}.`),
      );
    });
  }

  for (const matrix of [
    '',
    'null',
    '{"table": "orders"}',
    '{"n": 3, "more": {"shard": "1-of-3"}}',
    '{"part": "4-of-3"}',
    '{"part": "0-of-3"}',
    '{"part": "1-of-257"}',
    '{"part": "1-of-3 "}',
  ]) {
    test(`copies the table if the matrix is ${matrix === '' ? 'unknown' : matrix}`, () => {
      assert.equal(read({ matrix }).shard, undefined);
    });
  }

  test('copies a segment with Segment and TotalSegments', () => {
    const kwargs = '{"Segment": 0, "TotalSegments": 3}';
    assert.deepEqual(read({ matrix: '{"part": "1-of-3"}', 'dynamodb-scan-kwargs': kwargs }).scan.shard, {
      segment: 0,
      totalSegments: 3,
    });
  });
});

suite('plan and shard', () => {
  test('must both be set: an empty plan is explained', () => {
    const problem = problemOf({ ...SHARD, plan: '' });
    assert.match(problem, /^plan: is empty\. Use the output plan of the job that makes the plan.*`outputs:`.*`needs:`/);
    assert.match(problem, /GitHub also drops an output that contains a masked value/);
  });

  test('must both be set: an empty shard is explained', () => {
    assert.match(
      problemOf({ ...SHARD, shard: '' }),
      /^shard: is empty\. Use a value of a matrix with all shards, such as \$\{\{ matrix\.shard \}\}/,
    );
  });

  test('must be a plan', () => {
    const problem = problemOf({ ...SHARD, plan: SHARD.plan.slice(0, -1) });
    assert.match(problem, /^plan: is not a plan\. .* All jobs must use the same version of the Action\.$/);
  });

  test('must be a plan whose prefix can be a prefix', () => {
    assert.match(problemOf({ ...SHARD, plan: formatPlan({ ...PLAN, prefix: 'a/../b' }) }), /^plan: is not a plan\./);
  });

  for (const shard of ['9-of-8', '0-of-8', '3-of-4', '3']) {
    test(`must be a shard of the plan, not ${shard}`, () => {
      const problem = problemOf({ ...SHARD, shard });
      assert.ok(
        problem.startsWith(`shard: "${shard}" is not one of the shards of the plan, 1-of-8 to 8-of-8. Use`),
        problem,
      );
    });
  }
});

suite('max-parallel of a step with a shard', () => {
  for (const value of ['1', '4']) {
    test(`can be ${value} if the plan is made for 4`, () => {
      assert.equal(read({ ...SHARD, 'max-parallel': value }).shard?.index, 3);
    });
  }

  for (const [value, shards] of [
    ['5', '5'],
    ['8', '8'],
    // No maximum
    ['0', '8'],
    // Without strategy.max-parallel, GitHub reports the number of jobs of the matrix, which can have other dimensions.
    ['16', '8'],
  ] as const) {
    test(`cannot be ${value} if the plan is made for 4`, () => {
      const problem = problemOf({ ...SHARD, 'max-parallel': value });
      assert.ok(
        problem.startsWith(
          `max-parallel: the job runs up to ${shards} shards at the same time, but the plan is made for 4.`,
        ),
        problem,
      );
    });
  }

  test('must be known, unless all shards may be copied at the same time', () => {
    assert.match(problemOf({ ...SHARD, 'max-parallel': '' }), /^max-parallel: is empty, so it is unknown whether/);
    const plan = formatPlan({ ...PLAN, maxParallel: 8 });
    assert.equal(read({ ...SHARD, plan, 'max-parallel': '' }).shard?.index, 3);
  });

  test('can be greater than the number of shards if all may be copied at the same time', () => {
    const plan = formatPlan({ ...PLAN, maxParallel: 8 });
    assert.equal(read({ ...SHARD, plan, 'max-parallel': '16' }).shard?.index, 3);
  });

  for (const value of ['-1', '1.5', 'all']) {
    test(`cannot be ${value}`, () => {
      assert.match(problemOf({ ...SHARD, 'max-parallel': value }), /^max-parallel: ".*" is invalid/);
    });
  }
});

suite('a step with a shard rejects', () => {
  const values: Readonly<Record<string, readonly [value: string, problem: RegExp]>> = {
    's3-key-prefix': ['backups', /comes from the plan/],
    'file-size': ['64MiB', /comes from the plan/],
    'total-segments': ['16', /comes from the plan/],
    'read-capacity': ['none', /comes from the plan/],
    'max-consumed-read-capacity': ['1000000', /the jobs of the shards have no common budget/],
    'if-empty': ['error', /applies to the whole copy/],
    'point-in-time-export': ['auto', /cannot be set with plan/],
    'check-interval': ['60', /cannot be set with plan/],
    'max-attempts': ['0', /cannot be set with plan/],
    'enable-point-in-time-recovery': ['true', /cannot be set with plan/],
    resume: ['false', /cannot be false with plan/],
  };
  for (const [name, [value, problem]] of Object.entries(values)) {
    test(`${name}: ${value}`, () => {
      const actual = problemOf({ ...SHARD, [name]: value });
      assert.ok(actual.startsWith(`${name}: `), actual);
      assert.match(actual, problem);
    });
  }

  for (const [name, value] of [
    ['export-time', '-PT2H'],
    ['export-table-to-point-in-time-kwargs', 'ExportType: FULL_EXPORT'],
  ] as const) {
    test(name, () => {
      assert.match(problemOf({ ...SHARD, [name]: value }), new RegExp(`^${name}: cannot be set with plan`));
    });
  }

  for (const [name, kwargs] of [
    ['Segment', 'Segment: 0\nTotalSegments: 4'],
    ['ExclusiveStartKey', 'ExclusiveStartKey: {pk: a}'],
  ] as const) {
    test(`${name} in dynamodb-scan-kwargs`, () => {
      const problem = problemOf({ ...SHARD, 'dynamodb-scan-kwargs': kwargs });
      assert.match(problem, new RegExp(`^dynamodb-scan-kwargs\\.${name}: .*cannot be set with plan`));
    });
  }
});
