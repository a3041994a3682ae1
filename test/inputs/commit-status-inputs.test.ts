import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { runContext } from '../../src/github/run-context.ts';
import { requestedCommitStatus } from '../../src/inputs/commit-status-inputs.ts';
import { formatPlan } from '../../src/shards/copy-plan.ts';
import { PLAN } from '../fixtures/copy-plan.ts';
import { type Given, problemsOf, REGION, read, SECRET } from './read-step.ts';

/** Commits in the files of test/fixtures/events. */
const GITHUB_SHA = '1'.repeat(40);
const HEAD = '2'.repeat(40);
const OTHER = '9'.repeat(40);
const STATUS = { 'commit-status': 'backup/orders', 'github-token': 'ghs_0123456789' };

/** Returns the variables that the runner sets for this event. */
function eventEnv(file: string): NodeJS.ProcessEnv {
  return {
    ...REGION,
    GITHUB_EVENT_NAME: file.replace(/-.*/, ''),
    GITHUB_EVENT_PATH: join(import.meta.dirname, `../fixtures/events/${file}.json`),
    GITHUB_SHA,
    GITHUB_REPOSITORY: 'octo-org/shop',
  };
}

/** Returns the commit status of a step with these inputs. */
function requested(given: Given, env: NodeJS.ProcessEnv = eventEnv('push')) {
  const inputs = Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  return requestedCommitStatus({ ...env, ...Object.fromEntries(inputs) }, runContext(env));
}

suite('the commit of a commit status', () => {
  for (const [file, expected] of [
    ['schedule', GITHUB_SHA],
    ['push', GITHUB_SHA],
    // `after` in the event is the tag, and GITHUB_SHA the commit of an annotated tag.
    ['push-tag', GITHUB_SHA],
    ['release', GITHUB_SHA],
    ['workflow_dispatch', GITHUB_SHA],
    ['merge_group', GITHUB_SHA],
    ['issue_comment', GITHUB_SHA],
    ['pull_request', HEAD],
    ['pull_request-fork', HEAD],
    ['pull_request_target', HEAD],
    ['workflow_run', HEAD],
  ] as const) {
    const what = expected === HEAD ? 'the head commit' : 'GITHUB_SHA';
    test(`is ${what} for the event in ${file}.json`, () => {
      assert.deepEqual(requested(STATUS, eventEnv(file)), {
        ...{ context: 'backup/orders', sha: expected, token: 'ghs_0123456789' },
      });
      assert.deepEqual(read(STATUS, eventEnv(file)).commitStatus, { context: 'backup/orders', sha: expected });
    });

    test(`is commit-sha if it is set, for the event in ${file}.json`, () => {
      assert.equal(requested({ ...STATUS, 'commit-sha': OTHER }, eventEnv(file))?.sha, OTHER);
    });
  }

  test('is commit-sha in lowercase', () => {
    assert.equal(requested({ ...STATUS, 'commit-sha': 'ABCDEF0123'.repeat(4) })?.sha, 'abcdef0123'.repeat(4));
  });

  test('is unknown outside of a workflow', () => {
    assert.equal(requested(STATUS, {})?.sha, undefined);
  });
});

suite('a step sets no commit status', () => {
  for (const [name, given] of Object.entries<Given>({
    'without commit-status': { 'github-token': 'ghs_0123456789' },
    'in a dry run': { ...STATUS, 'dry-run': 'true' },
    'for a shard': { ...STATUS, plan: formatPlan(PLAN), shard: '3-of-8' },
    'if commit-sha is invalid': { ...STATUS, 'commit-sha': 'main' },
    'if dry-run is invalid': { ...STATUS, 'dry-run': 'yes' },
  })) {
    test(name, () => assert.equal(requested(given), undefined));
  }
});

test('a step with other invalid inputs sets a commit status', () => {
  assert.equal(requested({ ...STATUS, compression: 'rar' })?.context, 'backup/orders');
});

test('the inputs of a dry run name the commit status that a run would set', () => {
  assert.deepEqual(read({ ...STATUS, 'dry-run': 'true' }, eventEnv('push')).commitStatus, {
    ...{ context: 'backup/orders', sha: GITHUB_SHA },
  });
});

for (const [given, problem] of [
  [{ 'commit-sha': OTHER }, 'commit-sha: has no effect without commit-status. Set both, or leave it out.'],
  [{ ...STATUS, 'github-token': ' ' }, 'github-token: is empty, but commit-status requires a token. Leave it out.'],
  [
    { ...STATUS, 'commit-sha': 'ffac537' },
    'commit-sha: "ffac537" is invalid. Use the full SHA of a commit, 40 hexadecimal digits.',
  ],
  [
    { ...STATUS, 'commit-status': 'a\nb' },
    'commit-status: "a\\nb" is invalid. Use one line of at most 255 characters, such as backup/orders.',
  ],
  [
    { ...STATUS, plan: formatPlan(PLAN), shard: '3-of-8', 'max-parallel': '4' },
    'commit-status: cannot be set with plan, because a shard is not a complete copy. Leave it out.',
  ],
] as const satisfies readonly (readonly [Given, string])[]) {
  test(`the problem "${problem}" is reported`, () => assert.deepEqual(problemsOf(given), [problem]));
}

test('commit-status has at most 255 characters', () => {
  assert.equal(requested({ ...STATUS, 'commit-status': 'x'.repeat(255) })?.context.length, 255);
  assert.equal(problemsOf({ ...STATUS, 'commit-status': 'x'.repeat(256) }).length, 1);
});

test('no message contains the token', () => {
  // problemsOf searches for SECRET.
  problemsOf({ 'commit-status': 'x', 'commit-sha': 'x', 'github-token': SECRET });
});
