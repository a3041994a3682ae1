import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requiredMember } from '../../src/aws/required-member.ts';

describe('requiredMember', () => {
  for (const value of ['arn', '', 0, false]) {
    it(`returns ${JSON.stringify(value)}`, () => {
      assert.equal(requiredMember('DescribeTable', { TableArn: value }, 'TableArn'), value);
    });
  }

  for (const missing of [undefined, null]) {
    it(`fails with AWS_ERROR for ${missing}, without a value of the response`, () => {
      const part: { readonly TableArn?: string | null; readonly other: string } = {
        ...(missing === null && { TableArn: missing }),
        other: 'private',
      };
      assert.throws(() => requiredMember('DescribeTable', part, 'TableArn'), {
        name: 'CopyError',
        code: 'AWS_ERROR',
        message: 'The response of DescribeTable has no TableArn.',
      });
    });
  }
});
