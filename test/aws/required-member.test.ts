import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requiredMember } from '../../src/aws/required-member.ts';

describe('a member that a response must have', () => {
  for (const value of ['arn', '', 0, false]) {
    it(`is returned as ${JSON.stringify(value)}`, () => {
      assert.equal(requiredMember('DescribeTable', { TableArn: value }, 'TableArn'), value);
    });
  }

  for (const missing of [undefined, null]) {
    it(`fails with AWS_ERROR if it is ${missing}, and shows no value of the response`, () => {
      const part: { readonly TableArn?: string | null; readonly other: string } = {
        ...(missing === null && { TableArn: missing }),
        other: 'private',
      };
      assert.throws(() => requiredMember('DescribeTable', part, 'TableArn'), {
        name: 'CopyError',
        code: 'AWS_ERROR',
        message: 'The response to DescribeTable has no TableArn.',
      });
    });
  }
});
