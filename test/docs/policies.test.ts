import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runContext } from '../../src/github/run-context.ts';
import { attemptIndependentTemplate, resolveKeyPrefix } from '../../src/inputs/key-prefix.ts';
import { InputProblems } from '../../src/inputs/problems.ts';
import { newExportId } from '../../src/manifest/export-id.ts';
import { copyLayout } from '../../src/manifest/layout.ts';
import { blocksOf, documents, read } from './documents.ts';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: { readonly StringLike?: { readonly 's3:prefix'?: string } };
}

/** JSON blocks of the documents: a policy, several statements or one statement. */
const policies = documents
  .flatMap(blocksOf)
  .filter(({ language }) => language === 'json')
  .map(({ place, lines }) => ({ place, text: lines.join('\n') }));

describe('policies in the documents', () => {
  it('include at least 2 policies', () => assert.ok(policies.length >= 2, `${policies.length} policies found`));

  for (const { place, text } of policies) {
    it(`are valid JSON and allow only named actions: ${place}`, () => {
      for (const { Effect, Action } of statementsOf(text)) {
        assert.equal(Effect, 'Allow');
        for (const action of [Action].flat())
          assert.match(action, /^(?:dynamodb|s3|kms|sts|logs|cloudwatch):[A-Z][A-Za-z]+$/);
      }
    });
  }

  it('allow the same actions for a scan in the README and in docs/credentials.md', () => {
    const short = policies.find(({ place, text }) => place.startsWith('README.md:') && text.includes('dynamodb:Scan'));
    const [, section = ''] = read('docs/credentials.md').text.split('\n### Scan\n');
    const [long] = blocksOf({ path: '', text: section });
    assert.deepEqual(actionsOf(short?.text ?? ''), actionsOf(long?.lines.join('\n') ?? ''));
  });
});

describe("the policies in docs/credentials.md match the keys of the Quick start's s3-key-prefix", () => {
  const template = /s3-key-prefix: '(.+)'/.exec(read('examples/workflows/nightly-backup.yml').text)?.[1] ?? '';
  const resolve = (prefix: string) =>
    resolveKeyPrefix(
      prefix,
      { table: 'orders', now: new Date(), run: runContext({}) },
      new InputProblems().at('s3-key-prefix'),
    );
  const copy = copyLayout(resolve(template), newExportId(new Date()));
  const checkpoints = `${resolve(attemptIndependentTemplate(template))}/AWSDynamoDB/_resume/step/`;
  const statements = policies
    .filter(({ place }) => place.startsWith('docs/credentials.md:'))
    .flatMap(({ place, text }) => statementsOf(text).map((statement) => ({ place, statement })));

  for (const { place, statement } of statements) {
    for (const pattern of [statement.Resource ?? []]
      .flat()
      .filter((arn) => arn.startsWith('arn:aws:s3:::my-backups/'))) {
      it(`with the resource ${pattern} of ${place}`, () => {
        const matches = (key: string) => isLike(`arn:aws:s3:::my-backups/${key}`, pattern);
        const others = [`${copy.data}a.json.gz`, `${checkpoints}run.json`];
        assert.ok(matches(copy.manifestSummary));
        for (const key of others) assert.equal(matches(key), !pattern.endsWith('/manifest-*'), key);
      });
    }
    const prefix = statement.Condition?.StringLike?.['s3:prefix'];
    if (prefix === undefined) continue;
    it(`with the condition s3:prefix ${prefix} of ${place}`, () => {
      for (const listed of [copy.data, checkpoints]) assert.ok(isLike(listed, prefix), listed);
    });
  }
});

/** Returns whether IAM would match the text: `*` matches any characters, including slashes. */
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
