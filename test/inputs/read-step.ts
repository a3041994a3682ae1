import assert from 'node:assert/strict';
import { CopyError } from '../../src/errors.ts';
import { runContext } from '../../src/github/run-context.ts';
import { type Inputs, readInputs } from '../../src/inputs/inputs.ts';

export const NOW = new Date('2026-11-22T12:00:00Z');
/** Secret value that no message may contain, regardless of the input that contains it. */
export const SECRET = 'hunter2';
const REQUIRED = { 'dynamodb-table-name': 'Music', 's3-bucket-name': 'my-backups' };
export const REGION = { AWS_REGION: 'eu-central-1' };
export const ARN = 'arn:aws:dynamodb:us-east-1:123456789012:table/Music';

export type Given = Readonly<Record<string, string>>;

/** Returns the inputs of a step with a valid table and bucket and the given inputs. */
export function read(given: Given, env: NodeJS.ProcessEnv = REGION): Inputs {
  const variables = Object.entries({ ...REQUIRED, ...given }).map(([name, value]) => [
    `INPUT_${name.toUpperCase()}`,
    value,
  ]);
  return readInputs({ ...env, ...Object.fromEntries(variables) }, runContext(env), NOW);
}

/** Returns one line per input problem. */
export function problemsOf(given: Given, env: NodeJS.ProcessEnv = REGION): string[] {
  try {
    read(given, env);
  } catch (error) {
    assert.ok(error instanceof CopyError, String(error));
    assert.equal(error.code, 'INVALID_INPUT');
    assert.notEqual(error.remedy, '');
    assert.ok(!`${error.message}${error.remedy}`.includes(SECRET), error.message);
    const [, ...lines] = error.message.split('\n');
    return lines.map((line) => line.replace(/^- /, ''));
  }
  return assert.fail('readInputs reported no problem');
}

/** Returns the inputs without the function, which deepEqual compares by identity. */
export function withoutFunctions({ keyPrefixAt: _, ...inputs }: Inputs): Omit<Inputs, 'keyPrefixAt'> {
  return inputs;
}
