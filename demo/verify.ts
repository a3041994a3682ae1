import { readFileSync } from 'node:fs';
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { Source } from '../test/emulators/source.ts';
import type { Store } from '../test/emulators/store.ts';
import { VERIFY_ACTION } from '../test/fixtures/verify-pair.ts';
import { type RunResult, runAction } from '../test/runner/runner.ts';
import { aligned, table as columns, heading, indented, say, shownLog } from './show.ts';

/** Copy to verify, and the table that it was made of. */
export interface CopyToVerify {
  readonly source: Source;
  readonly store: Store;
  readonly bucket: string;
  /** Output `s3-uri` of the step that copied the table. */
  readonly copyUri: string;
  readonly table: string;
}

/** Compares the copy with its table, then damages the copy and changes the table, and shows what verify reports. */
export async function verifyAndDamage({ source, store, bucket, copyUri, table }: CopyToVerify): Promise<void> {
  const step = async (title: string, inputs: Readonly<Record<string, string>>) => {
    heading(title);
    say(indented(`- id: verify\n  uses: ./verify\n  with:\n${aligned(inputs, '    ')}`));
    const run = await runAction({ ...VERIFY_ACTION, inputs, env: { ...source.env, ...store.env } });
    say(shownLog(run.log));
    say(columns(Object.entries(run.outputs).map(([name, value]) => [`steps.verify.outputs.${name}`, value])));
    return run;
  };

  await using equal = await step('Verify step: the copy and the table', { copy: copyUri, 'compare-with': table });
  requireCode(equal, undefined);

  const key = (await store.list(bucket)).find((object) => object.key.includes('/data/'))?.key ?? '';
  const original = await store.read(bucket, key);
  const damaged = Buffer.from(original);
  const middle = damaged.length >> 1;
  damaged[middle] = (damaged[middle] ?? 0) ^ 1;
  await store.client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: damaged }));
  await using broken = await step('One bit of one data object is changed', { copy: copyUri });
  requireCode(broken, 'COPY_DAMAGED');

  await store.client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: original }));
  const [first] = await source.readItems(table);
  if (!first) throw new Error('The table is empty');
  const { pk, sk } = first as Readonly<Record<string, { readonly S: string }>>;
  if (!pk || !sk) throw new Error('The item has no key');
  await source.client.send(new DeleteItemCommand({ TableName: table, Key: { pk, sk } }));
  await using different = await step('The data object is restored, and one item of the table is deleted', {
    copy: copyUri,
    'compare-with': table,
  });
  requireCode(different, 'DIFFERENCES_FOUND');
  say('\nThe file in differences-file, which only its owner can read:');
  say(indented(readFileSync(different.outputs['differences-file'] ?? '', 'utf8').trim()));
}

/** @param code code of the expected error; undefined for success */
function requireCode({ commands, exitCode, outputs, stderr }: RunResult, code: string | undefined): void {
  const found = commands.find(({ name }) => name === 'error')?.properties['title'];
  const isVerified = outputs['verified'] === 'true';
  if (found === code && isVerified === (code === undefined) && exitCode === (code === undefined ? 0 : 1)) return;
  say(stderr);
  throw new Error(`The verify step ended with ${found ?? 'success'} instead of ${code ?? 'success'}`);
}
