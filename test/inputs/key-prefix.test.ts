import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runContext } from '../../src/github/run-context.ts';
import { attemptIndependentTemplate, resolveKeyPrefix } from '../../src/inputs/key-prefix.ts';
import { InputProblems } from '../../src/inputs/problems.ts';
import { read } from './read-step.ts';

const NOW = new Date('2026-01-02T03:04:05.678Z');
const ENV = { GITHUB_RUN_ID: '1234567890', GITHUB_RUN_ATTEMPT: '2', GITHUB_SHA: 'f00d' };

function resolve(template: string, { now = NOW, env = ENV as NodeJS.ProcessEnv } = {}) {
  const problems = new InputProblems('s3-key-prefix');
  const prefix = resolveKeyPrefix(template, { table: 'Music.v1', now, run: runContext(env) }, problems);
  return { prefix, lines: problems.lines };
}

describe('s3-key-prefix', () => {
  for (const [template, expected] of [
    ['', ''],
    ['/', ''],
    ['///', ''],
    ['foo', 'foo'],
    ['foo/', 'foo'],
    ['foo//', 'foo'],
    ['/foo/bar/', 'foo/bar'],
    ['foo//bar', 'foo//bar'],
    ['{table}/{date}', 'Music.v1/2026-01-02'],
    ['{year}/{month}/{day}/{hour}', '2026/01/02/03'],
    ['{run-id}-{run-attempt}-{sha}', '1234567890-2-f00d'],
    ['{table}{table}', 'Music.v1Music.v1'],
    ['{{table}', '{table}'],
    ['{{table}}', '{table}'],
    ['{{{table}}}', '{Music.v1}'],
    ['{{{{', '{{'],
    ['a}b', 'a}b'],
    ['a}}b', 'a}b'],
    ['date={date}/', 'date=2026-01-02'],
    ['bäckups/表', 'bäckups/表'],
    ['a b', 'a b'],
    ['...', '...'],
    ['a..b', 'a..b'],
  ] as const) {
    it(`resolves ${JSON.stringify(template)} to ${JSON.stringify(expected)}`, () => {
      assert.deepEqual(resolve(template), { prefix: expected, lines: [] });
    });
  }

  it('contains UTC times regardless of the time zone of the runner', () => {
    const zone = process.env['TZ'];
    try {
      process.env['TZ'] = 'Pacific/Kiritimati';
      const now = new Date('2026-12-31T23:30:00Z');
      assert.equal(resolve('{date} {year} {month} {day} {hour}', { now }).prefix, '2026-12-31 2026 12 31 23');
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });

  for (const [template, expected] of [
    ['{tabel}', /"\{tabel\}" is not a valid placeholder. Use \{table\}, \{date\}, .*\{run-attempt\} or \{sha\}.* \{\{/],
    ['{Table}', /"\{Table\}"/],
    ['{ table }', /"\{ table \}"/],
    ['{}', /"\{\}"/],
    ['{constructor}', /"\{constructor\}"/],
    ['a{', /"\{" is not a valid placeholder/],
    ['{{{', /"\{" is not a valid placeholder/],
    ['{table', /"\{" is not a valid placeholder/],
    ['a\u0000b', /control character/],
    ['a\nb', /control character/],
    ['a\u007fb', /control character/],
    ['a\u0085b', /control character/],
    ['a\ud800b', /control character/],
    ['a\uffffb', /control character/],
    ['a/../b', /named \. or \.\./],
    ['./a', /named \. or \.\./],
    ['..', /named \. or \.\./],
    ['x'.repeat(884), /884 bytes.*at most 883 bytes/],
    ['é'.repeat(442), /884 bytes/],
    [`${'{table}'.repeat(111)}`, /888 bytes/],
  ] as const) {
    it(`rejects ${JSON.stringify(template.slice(0, 40))} with a message that matches ${expected}`, () => {
      const { lines } = resolve(template);
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.match(lines[0] ?? '', /^s3-key-prefix: /);
      assert.match(lines[0] ?? '', expected);
    });
  }

  it('reports each unknown placeholder', () => assert.equal(resolve('{a}/{b}/{a}').lines.length, 2));

  it('leaves room for the longest object key within 1,024 bytes', () => {
    const { prefix, lines } = resolve('x'.repeat(883));
    assert.deepEqual(lines, []);
    const key = `${prefix}/AWSDynamoDB/01791506414432-3f2e5aa4/data/uimbi7eofu2b5kzkxe63gsvb6i.json.zst`;
    assert.equal(key.length, 883 + 77);
    assert.ok(key.length <= 1024);
  });

  for (const [placeholder, variable] of [
    ['run-id', 'GITHUB_RUN_ID'],
    ['run-attempt', 'GITHUB_RUN_ATTEMPT'],
    ['sha', 'GITHUB_SHA'],
  ] as const) {
    it(`rejects {${placeholder}} if ${variable} is not set`, () => {
      for (const env of [{}, { ...ENV, [variable]: '' }]) {
        const { lines } = resolve(`a/{${placeholder}}`, { env });
        assert.equal(lines.length, 1);
        assert.match(lines[0] ?? '', new RegExp(`\\{${placeholder}\\}.*${variable}`));
      }
    });
  }
});

describe('the part of s3-key-prefix that is the same in every attempt of a run', () => {
  for (const [template, expected] of [
    ['', ''],
    ['backups', 'backups'],
    ['backups/{table}/{sha}/{run-id}', 'backups/{table}/{sha}/{run-id}'],
    ['backups/{date}', 'backups'],
    ['backups/{table}/{year}/{month}', 'backups/{table}'],
    ['backups/a-{run-attempt}-b/c', 'backups'],
    ['{hour}/backups', ''],
    ['{hour}', ''],
    ['/{day}/backups', ''],
    ['a/{{date}}/b', 'a/{{date}}/b'],
    ['a/{{{date}/b', 'a'],
    ['a/{{{{date}}/{month}', 'a/{{{{date}}'],
  ] as const) {
    it(`is ${JSON.stringify(expected)} for ${JSON.stringify(template)}`, () =>
      assert.equal(attemptIndependentTemplate(template), expected));
  }
});

it('keyPrefixAt resolves the prefix for the number and the time of another attempt', () => {
  const env = { ...ENV, AWS_REGION: 'eu-central-1', GITHUB_RUN_ATTEMPT: '3' };
  const { keyPrefixAt } = read({ 's3-key-prefix': ' /b/{table}/{date}T{hour}/{run-id}-{run-attempt}/ ' }, env);
  assert.equal(keyPrefixAt(1, new Date('2026-11-22T20:17:00Z')), 'b/Music/2026-11-22T20/1234567890-1');
});
