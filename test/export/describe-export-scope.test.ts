import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeExportScope } from '../../src/export/describe-export-scope.ts';
import { exportOf } from './listed-exports.ts';
import { RespondingClient, serviceError } from './responding-client.ts';

const { ExportArn } = exportOf(1);

/** Returns the scope for a response to DescribeExport, or for its error. */
function scopeFor(response: object | Error): Promise<string> {
  const client = new RespondingClient(() => {
    if (response instanceof Error) throw response;
    return { ExportDescription: response };
  });
  return describeExportScope(client, ExportArn, AbortSignal.timeout(1_000));
}

describe('the scope of an export', () => {
  for (const [what, response, expected] of [
    ['without a filter', exportOf(1), 'table'],
    ['that was requested as a full export', exportOf(1, { ExportType: 'FULL_EXPORT' }), 'table'],
    ['with a filter', exportOf(1, { FilterSpecification: { FilterExpression: '#a = :b' } }), 'subset'],
    ['that is incremental', exportOf(1, { ExportType: 'INCREMENTAL_EXPORT' }), 'unknown'],
    ['with another ARN', exportOf(2), 'unknown'],
    ['that expired', serviceError('ExportNotFoundException'), 'unknown'],
    ['that the role is not authorized to describe', serviceError('AccessDeniedException'), 'unknown'],
    ['whose ARN is invalid', serviceError('ValidationException'), 'unknown'],
    ['of a server without exports', serviceError('UnknownOperationException'), 'unknown'],
  ] as const) {
    it(`${what} is ${expected}`, async () => assert.equal(await scopeFor(response), expected));
  }

  for (const name of ['InternalServerError', 'ThrottlingException', 'ExpiredTokenException']) {
    it(`is not known after ${name}, which is an error`, () => assert.rejects(scopeFor(serviceError(name)), { name }));
  }
});
