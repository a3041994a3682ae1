import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CopyError } from '../../src/errors.ts';
import {
  inComparedCopyTerms,
  inListTablesTerms,
  inRestoreTerms,
  inVerifyTerms,
} from '../../src/inputs/action-terms.ts';
import { remedies } from '../../src/remedies.ts';

const error = (remedy: string) => new CopyError('AWS_ERROR', 'Set dest-aws-region', remedy);

describe('errors in the terms of an Action', () => {
  it('name the inputs of the restore Action', () => {
    const translated = inRestoreTerms(error('Check source-role-to-assume, role-to-assume and dynamodb-table-name.'));
    assert.equal(translated.message, 'Set bucket-aws-region');
    assert.equal(translated.remedy, 'Check table-role-to-assume, role-to-assume and dynamodb-table-name.');
  });

  it('name the table of the verify Action', () => {
    const translated = inVerifyTerms(error(remedies.changeTable));
    assert.match(translated.remedy, /^Check compare-with, aws-region \(or table-aws-region\)/);
  });

  it('name the inputs of an Action with one side', () => {
    const translated = inListTablesTerms(error(remedies.changeTable));
    assert.equal(translated.message, 'Set aws-region');
    assert.match(translated.remedy, /^Check dynamodb-table-name, aws-region and the account/);
  });

  it('name the inputs for the copy to compare with', () => {
    const terms = (remedy: string) => inComparedCopyTerms(error(remedy)).remedy;
    assert.match(terms(remedies.changeBucket), /^Check compare-with and the account/);
    assert.match(
      terms(remedies.changeCopy),
      /^Set compare-with to the output s3-uri of the step that wrote the copy\. /,
    );
    assert.equal(
      terms(remedies.useOlderCopy),
      'Do not use this copy. If the table is intact, create a new copy. Find out what else writes to the bucket. To use an older copy, set compare-with to its s3-uri.',
    );
    assert.match(terms(remedies.restoreDataObjects), /To use an older copy, set compare-with to its s3-uri\.$/);
    assert.match(terms(remedies.bucketOwnerClause('1')), /\(compare-bucket-owner\)/);
  });
});
