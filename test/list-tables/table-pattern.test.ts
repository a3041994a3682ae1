import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  matchesTable,
  parseTablePattern,
  selectsTable,
  type TablePattern,
} from '../../src/list-tables/table-pattern.ts';

function patternOf(text: string): TablePattern {
  const pattern = parseTablePattern(text);
  assert.ok(pattern, text);
  return pattern;
}

describe('a pattern of table names', () => {
  for (const [pattern, matching, other] of [
    ['orders', ['orders'], ['Orders', 'orders-2', 'my-orders', 'order']],
    ['orders-*', ['orders-', 'orders-eu', 'orders-eu.1'], ['orders', 'my-orders-eu']],
    ['*', ['a.b', '.hidden', '...', '-', '_'], []],
    ['*-orders', ['eu-orders', '-orders'], ['orders', 'eu-orders-2']],
    ['*a*b', ['ab', 'xaxb', 'aabab', 'a-b-b'], ['ba', 'abc']],
    ['?.?', ['a.b', '-._'], ['a-b', 'a.', 'ab.c']],
    ['orders-??', ['orders-eu'], ['orders-e', 'orders-eu1']],
    ['a.c', ['a.c'], ['abc']],
    ['t[0-9]', ['t0', 't9'], ['ta', 't', 't10']],
    ['t[!0-9]', ['ta', 't-', 't.'], ['t0', 't']],
    ['t[^0-9]', ['ta'], ['t5']],
    ['t[a-cX]', ['ta', 'tc', 'tX'], ['td', 'tx', 't-']],
    ['t[-a]', ['t-', 'ta'], ['tb']],
    ['t[a-]', ['t-', 'ta'], ['tb']],
    ['t[.]x', ['t.x'], ['tax']],
    ['[A-Z]*', ['Orders'], ['orders']],
  ] as const) {
    it(`${pattern} matches exactly the names that it describes`, () => {
      for (const name of matching) assert.equal(matchesTable(patternOf(pattern), name), true, name);
      for (const name of other) assert.equal(matchesTable(patternOf(pattern), name), false, name);
    });
  }

  for (const text of [
    '',
    '!',
    '!!a',
    'a b',
    'a/b',
    'a,b',
    '{a,b}',
    '[',
    ']',
    't[]',
    't[!]',
    't[z-a]',
    'a[b',
    'ä',
    "'*'",
    '#a',
  ]) {
    it(`${JSON.stringify(text)} is invalid, because it can match no table name`, () => {
      assert.equal(parseTablePattern(text), undefined);
    });
  }

  it('is matched within milliseconds, also if it has many wildcards', () => {
    const pattern = patternOf(`${'*a'.repeat(100)}*b`);
    const started = performance.now();
    assert.equal(matchesTable(pattern, 'a'.repeat(255)), false);
    assert.ok(performance.now() - started < 1_000);
  });

  it('matches the same names as a regular expression, for random patterns', () => {
    const characters = ['a', 'b', '.', '-', '*', '?', '[ab]', '[!a]'];
    let seed = 7;
    const next = (limit: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % limit;
    };
    const random = (alphabet: readonly string[], length: number) =>
      Array.from({ length }, () => alphabet[next(alphabet.length)]).join('');
    let matches = 0;
    for (let round = 0; round < 3_000; round += 1) {
      const text = random(characters, 1 + next(6));
      const expression = new RegExp(
        `^${text.replace(/[.-]|\*|\?|\[!/g, (found) => ({ '*': '.*', '?': '.', '[!': '[^' })[found] ?? `\\${found}`)}$`,
      );
      const name = random(['a', 'b', '.', '-'], 1 + next(6));
      assert.equal(matchesTable(patternOf(text), name), expression.test(name), `${text} and ${name}`);
      if (expression.test(name)) matches += 1;
    }
    assert.ok(matches > 200, `only ${matches} pairs match`);
  });
});

describe('the last pattern that matches a name decides', () => {
  const select = (patterns: readonly string[], names: readonly string[]) =>
    names.filter((name) => selectsTable(patterns.map(patternOf), name));
  const names = ['audit', 'prod-orders', 'prod-tmp-1', 'prod-tmp-keep', 'test-orders'];

  for (const [patterns, expected] of [
    [['*'], names],
    [['prod-*', '!prod-tmp-*'], ['prod-orders']],
    [
      ['prod-*', '!prod-tmp-*', 'prod-tmp-keep'],
      ['prod-orders', 'prod-tmp-keep'],
    ],
    [['prod-tmp-keep', 'prod-*', '!prod-tmp-*'], ['prod-orders']],
    [
      ['audit', 'test-*'],
      ['audit', 'test-orders'],
    ],
    [['*', '!*'], []],
    [['other'], []],
  ] as const) {
    it(`for ${patterns.join(', ')}`, () => assert.deepEqual(select(patterns, names), expected));
  }
});
