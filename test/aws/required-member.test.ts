import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requiredMember } from '../../src/aws/required-member.ts';

describe('requiredMember', () => {
  for (const value of ['arn', '', 0, false]) {
    it(`returns ${JSON.stringify(value)}`, () => {
      assert.equal(requiredMember('DescribeTable', { TableArn: value }, 'TableArn'), value);
    });
  }

  const incomplete: Readonly<Record<string, { readonly TableArn?: string | null; readonly other: string }>> = {
    undefined: { other: 'private' },
    null: { TableArn: null, other: 'private' },
  };
  for (const [missing, part] of Object.entries(incomplete)) {
    it(`fails with AWS_ERROR for ${missing}, without a value of the response`, () => {
      assert.throws(() => requiredMember('DescribeTable', part, 'TableArn'), {
        name: 'CopyError',
        code: 'AWS_ERROR',
        message: 'The response to DescribeTable has no TableArn.',
      });
    });
  }
});
