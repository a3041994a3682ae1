import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseMessages } from './choose-messages.ts';
import { instrument, statesIn } from './instrument.ts';
import { normalizer } from './normalize.ts';
import { settleMessages } from './settle-messages.ts';
import { RECORD, type Site } from './site.ts';

/** Runs an instrumented module that exports a function, and returns what its sites created. */
function samplesOf(source: string, run: string): unknown[] {
  const samples: unknown[] = [];
  const { code } = instrument('src/report/example.ts', source, 0);
  const record = (id: number, values: unknown[]) => {
    samples.push([id, ...values.filter((value) => typeof value === 'string')]);
    return values;
  };
  const result = new Function(RECORD, 'CopyError', 'logger', `${code}\nreturn ${run};`)(record, class {}, {
    notice: () => undefined,
  });
  assert.notEqual(result, 'wrong');
  return samples;
}

describe('instrumented code', () => {
  it('records each message after the texts in it', () => {
    const source = 'function f(n: number) { return new CopyError("NETWORK", "S3 failed: " + n, "Re-run the job."); }';
    assert.deepEqual(samplesOf(source, 'f(2)'), [
      [1, 'S3 failed: '],
      [2, 'Re-run the job.'],
      [0, 'NETWORK', 'S3 failed: 2', 'Re-run the job.'],
    ]);
  });

  it('records a text only if the code evaluates it', () => {
    const source = "function f(good: boolean) { logger.notice(good ? 'It is good.' : 'It is bad.'); }";
    assert.deepEqual(samplesOf(source, 'f(true)'), [
      [1, 'It is good.'],
      [0, 'It is good.'],
    ]);
  });

  it('returns arrays of explanations and rows unchanged', () => {
    assert.deepEqual(samplesOf("const row = ['Size', '2 bytes'];", "row.join() === 'Size,2 bytes' || 'wrong'"), [
      [1, '2 bytes'],
      [0, 'Size', '2 bytes'],
    ]);
  });

  it('has no site for causes, states, names and single words', () => {
    const source = `
      import 'a module';
      type State = 'not started' | 'done';
      const x: Record<string, string> = { 'a name': 'word' };
      throw new Error('never shown here');
      const state: State = 'not started';
    `;
    const { sites } = instrument('src/a.ts', source, 0, new Set(statesIn(source)));
    assert.deepEqual(sites, []);
  });
});

it('normalized messages keep the numbers that the code contains', () => {
  const normalize = normalizer(['An export covers 15 minutes. The window has ', ' minutes.']);
  assert.equal(
    normalize('An export covers 15 minutes. The window has 7 minutes.'),
    'An export covers 15 minutes. The window has N minutes.',
  );
});

it('normalized messages contain nothing that differs between runs', () => {
  const normalize = normalizer([]);
  assert.equal(
    normalize('1,071,204 items, 744.5 MB in 2 min 3 s at 2026-11-22T03:00:00.123Z to localhost:4566/tmp'),
    'N items, N MB in N s at TIME to HOST:PORT/tmp',
  );
  assert.equal(normalize('s3://b/AWSDynamoDB/01715685260608-c488b4e1/'), 's3://b/AWSDynamoDB/EXPORT_ID/');
});

it('normalized messages contain no random name, whether it has letters and digits or only one of them', () => {
  const normalize = normalizer([]);
  for (const random of ['3f9a2c71d04e', 'dbcedbeecaea', '293847561029']) {
    for (const prefix of ['bucket-', 's3://bucket-', 'table-', 'list-']) {
      assert.equal(normalize(`${prefix}${random}: missing`), `${prefix}HEX: missing`);
      assert.equal(normalize(`${prefix}${random}-inventory/a`), `${prefix}HEX-inventory/a`);
    }
    assert.equal(normalize(`objects (seed ${random.slice(0, 8)})`), 'objects (seed HEX)');
  }
});

describe('chosen messages', () => {
  const site = (id: number, kind: Site['kind'], hasText = true): Site => ({
    ...{ id, kind, hasText, file: 'src/a.ts', line: 1, source: '', fixed: [] },
  });

  it('show each text, in a message if possible', () => {
    const [notice, base, extra, headline] = [site(0, 'notice'), site(1, 'text'), site(2, 'text'), site(3, 'text')];
    const messages = new Map([
      [0, [['It failed.'], ['It failed. Re-run the job.'], ['It failed again.']]],
      [1, [['It failed.']]],
      [2, [[' Re-run the job.']]],
      [3, [['Copied 1 item']]],
    ]);
    const chosen = chooseMessages([notice, base, extra, headline], messages, () => false);
    assert.deepEqual(
      chosen.map(({ site: { id }, messages: own }) => [id, own.map((message) => message.join())]),
      [
        [0, ['It failed.', 'It failed. Re-run the job.']],
        [3, ['Copied 1 item']],
      ],
    );
  });

  it('are those of the committed file while the code still creates them', () => {
    const messages = new Map([[0, [['It failed.'], ['It failed at S3.']]]]);
    const chosen = chooseMessages([site(0, 'notice')], messages, (_, [text]) => text === 'It failed at S3.');
    assert.deepEqual(chosen[0]?.messages, [['It failed at S3.']]);
  });

  it('are the same in the next run, in which other messages were created most often', () => {
    const sites = [site(0, 'notice'), site(1, 'text'), site(2, 'text'), site(3, 'text')];
    const run = (...created: readonly string[]): ReadonlyMap<number, readonly string[][]> =>
      new Map([
        [0, created.map((text) => [text])],
        ...['Set A.', 'Set B.', 'Set C.'].map((text, index): [number, string[][]] => [index + 1, [[text]]]),
      ]);
    const settled = settleMessages(sites, run('Set C. Set B.', 'Set A. Set B.', 'Set A.'), '');
    assert.deepEqual(settled.match(/^- .*/gm), ['- notice: Set A. Set B.', '- notice: Set C. Set B.']);
    for (const created of [
      ['Set A. Set B.', 'Set A.', 'Set C. Set B.'],
      ['Set A.', 'Set C. Set B.', 'Set A. Set B.', 'Set C.'],
    ]) {
      assert.equal(settleMessages(sites, run(...created), settled), settled);
    }
  });
});
