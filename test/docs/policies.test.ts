import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { attemptIndependentPart, resolveKeyPrefix } from '../../src/inputs/key-prefix.ts';
import { InputProblems } from '../../src/inputs/problems.ts';
import { newExportId } from '../../src/manifest/export-id.ts';
import { copyLayout } from '../../src/manifest/layout.ts';
import { runContextOf } from '../fixtures/run-context.ts';
import { blocksOf, documents, read } from './documents.ts';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: { readonly StringLike?: { readonly 's3:prefix'?: string } };
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

describe("the policies of docs/credentials.md fit the Quick start's s3-key-prefix", () => {
  const template = /s3-key-prefix: '(.+)'/.exec(read('examples/workflows/nightly-backup.yml').text)?.[1] ?? '';
  const resolve = (prefix: string) =>
    resolveKeyPrefix(prefix, { table: 'orders', now: new Date(), run: runContextOf({}) }, new InputProblems().at('s3-key-prefix'));
  const copy = copyLayout(resolve(template), newExportId(new Date()));
  const checkpoints = `${resolve(attemptIndependentPart(template))}/AWSDynamoDB/_resume/step/`;
  const statements = pasted
    .filter(({ place }) => place.startsWith('docs/credentials.md:'))
    .flatMap(({ place, text }) => statementsOf(text).map((statement) => ({ place, statement })));

  for (const { place, statement } of statements) {
    for (const pattern of [statement.Resource ?? []]
      .flat()
      .filter((arn) => arn.startsWith('arn:aws:s3:::my-backups/'))) {
      it(`${place}: ${pattern}`, () => {
        for (const key of [`${copy.data}a.json.gz`, copy.manifestSummary, `${checkpoints}run.json`]) {
          assert.ok(isLike(`arn:aws:s3:::my-backups/${key}`, pattern), key);
        }
      });
    }
    const prefix = statement.Condition?.StringLike?.['s3:prefix'];
    if (prefix === undefined) continue;
    it(`${place}: s3:prefix ${prefix}`, () => {
      for (const listed of [copy.data, checkpoints]) assert.ok(isLike(listed, prefix), listed);
    });
  }
});

/** As IAM compares: `*` stands for any characters, slashes among them. */
function isLike(text: string, pattern: string): boolean {
  const literals = pattern.split('*').map((literal) => literal.replace(/[.+?^$\\{}()|[\]]/g, '\\$&'));
  return new RegExp(`^${literals.join('.*')}$`).test(text);
}

function statementsOf(text: string): readonly Statement[] {
  const json = JSON.parse(text) as { readonly Statement: readonly Statement[] } | Statement | readonly Statement[];
  if (Array.isArray(json)) return json as readonly Statement[];
  return 'Statement' in json ? json.Statement : [json as Statement];
}

function actionsOf(policy: string): (string | readonly string[])[] {
  return statementsOf(policy).map(({ Action }) => Action);
}
