import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { blocksOf, documents, read } from './documents.ts';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
}

/** What people paste into IAM: a policy, some of its statements, or one. */
const pasted = documents
  .flatMap(blocksOf)
  .filter(({ language }) => language === 'json')
  .map(({ place, lines }) => ({ place, text: lines.join('\n') }));

describe('policies in the documents', () => {
  it('are there', () => assert.ok(pasted.length >= 2, `${pasted.length} found`));

  for (const { place, text } of pasted) {
    it(`${place} is JSON, and allows single actions only`, () => {
      for (const { Effect, Action } of statementsOf(text)) {
        assert.equal(Effect, 'Allow');
        for (const action of [Action].flat()) assert.match(action, /^(?:dynamodb|s3|kms|sts):[A-Z][A-Za-z]+$/);
      }
    });
  }

  it('say of a scan the same in the README and in docs/credentials.md', () => {
    const short = pasted.find(({ place, text }) => place.startsWith('README.md:') && text.includes('dynamodb:Scan'));
    const [, section = ''] = read('docs/credentials.md').text.split('\n### Scan\n');
    const [long] = blocksOf({ path: '', text: section });
    assert.deepEqual(actionsOf(short?.text ?? ''), actionsOf(long?.lines.join('\n') ?? ''));
  });
});

function statementsOf(text: string): readonly Statement[] {
  const json = JSON.parse(text) as { readonly Statement: readonly Statement[] } | Statement | readonly Statement[];
  if (Array.isArray(json)) return json as readonly Statement[];
  return 'Statement' in json ? json.Statement : [json as Statement];
}

function actionsOf(policy: string): (string | readonly string[])[] {
  return statementsOf(policy).map(({ Action }) => Action);
}
