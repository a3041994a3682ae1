import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CopyError } from '../../src/errors.ts';
import { type ListTablesInputs, readListTablesInputs } from '../../src/inputs/list-tables-inputs.ts';
import { type Given, REGION } from './read-step.ts';

const ROLE = 'arn:aws:iam::123456789012:role/lists-tables';

function read(given: Given, env: NodeJS.ProcessEnv = REGION): ListTablesInputs {
  const variables = Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  return readListTablesInputs({ ...env, ...Object.fromEntries(variables) });
}

function problemsOf(given: Given, env?: NodeJS.ProcessEnv): string[] {
  try {
    read(given, env);
  } catch (error) {
    assert.ok(error instanceof CopyError, String(error));
    assert.equal(error.code, 'INVALID_INPUT');
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.replace(/^- /, ''));
  }
  return assert.fail('readListTablesInputs reported no problem');
}

describe('inputs of the list-tables Action', () => {
  it('contain one pattern and one tag per line, without empty lines and spaces at the ends', () => {
    const { patterns, tags, ifEmpty, sourceRegion } = read({
      names: '\n  prod-*\r\n\n !prod-tmp-*  \n',
      tags: 'backup=yes\n  cost center=a=b \nempty=\n',
    });
    assert.deepEqual(
      patterns.map(({ text, excludes }) => [text, excludes]),
      [
        ['prod-*', false],
        ['!prod-tmp-*', true],
      ],
    );
    assert.deepEqual(tags, ['backup=yes', 'cost center=a=b', 'empty=']);
    assert.deepEqual([ifEmpty, sourceRegion], ['error', 'eu-central-1']);
  });

  it('select all names if only tags are set', () => {
    assert.deepEqual(
      read({ tags: 'backup=yes' }).patterns.map(({ text }) => text),
      ['*'],
    );
  });

  it('must contain names or tags, so that an empty expression does not select every table', () => {
    for (const given of [{}, { names: '', tags: '' }, { names: ' \n ', tags: '\n' }]) {
      assert.deepEqual(problemsOf(given), [
        "names: is empty, like tags. Set one of them. To list all tables, set names to '*'.",
      ]);
    }
  });

  it('reject a pattern that no table name can match, and quote it', () => {
    const [problem] = problemsOf({ names: 'orders\norders,customers' });
    assert.match(
      problem ?? '',
      /^names: "orders,customers" is not a valid pattern\. Use letters, digits, .*, one pattern per line\.$/,
    );
  });

  it('reject an exclusion on the first line, which excludes nothing', () => {
    const [problem] = problemsOf({ names: '!tmp-*\nprod-*' });
    assert.match(
      problem ?? '',
      /^names: starts with "!tmp-\*", which excludes nothing, .* Start with a pattern that selects tables, such as \*\.$/,
    );
  });

  it('reject lines that are not tags, and show no tag', () => {
    const lines = ['backup=yes', 'hunter2', '=hunter2', 'backup = hunter2', 'backup=yes,team=hunter2', 'a=hunter2!'];
    assert.deepEqual(
      problemsOf({ tags: lines.join('\n') }),
      [2, 3, 4, 5, 6].map(
        (line) =>
          `tags: line ${line} is not a tag. Use Key=Value without spaces around =, one tag per line, with letters, digits, spaces and the characters _.:/=+@-.`,
      ),
    );
  });

  it('accept every character that tags can have', () => {
    const tags = ['cost center=4711', 'aws:cloudformation:stack-name=Größe_1', 'a/b=c=d+e@f-g.h:i'];
    assert.deepEqual(read({ tags: tags.join('\n') }).tags, tags);
  });

  it('name only inputs that the Action has', () => {
    assert.deepEqual(problemsOf({ names: '*' }, {}), [
      'aws-region: is required because the Region of the tables is unknown. Set aws-region, or set AWS_REGION (aws-actions/configure-aws-credentials sets it).',
    ]);
    assert.deepEqual(problemsOf({ names: '*', audience: 'x' }), [
      'role-to-assume: is not set, so audience has no effect. Set role-to-assume, or leave out the inputs that require it.',
    ]);
    assert.deepEqual(problemsOf({ names: '*', 'role-to-assume': ROLE.replace('aws', 'aws-cn') }), [
      'role-to-assume: is a role in AWS China (aws-cn), but the Region "eu-central-1" is in another partition. Set aws-region to a Region of AWS China, such as cn-north-1.',
    ]);
    assert.deepEqual(problemsOf({ names: '*', 'if-empty': 'warn' }), [
      'if-empty: "warn" is invalid. Use error or ignore.',
    ]);
  });

  it('ignore the inputs for one side of other Actions', () => {
    const { roles, sourceRegion } = read({
      names: '*',
      'role-to-assume': ROLE,
      'aws-region': 'eu-west-1',
      'source-role-to-assume': ROLE.replace('lists', 'reads'),
      'source-aws-region': 'us-east-1',
    });
    assert.equal(roles.source, ROLE);
    assert.equal(sourceRegion, 'eu-west-1');
  });
});
