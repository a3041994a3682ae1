import assert from 'node:assert/strict';
import { it } from 'node:test';
import { findEarlierExport } from '../../src/export/find-earlier-export.ts';
import { clientOfTable } from '../aws/clients-for-tests.ts';
import { dynamoDbFailure, startScriptedServer } from '../aws/scripted-server.ts';
import { TABLE } from './listed-exports.ts';

it('a role that is not authorized to list exports starts a new one, with a notice', async () => {
  await using server = await startScriptedServer(() => dynamoDbFailure('AccessDeniedException', ''));
  using client = clientOfTable(server.endpoint);
  const identity = { tokenPrefix: 'step-', attempt: 2 };
  const notices: string[] = [];
  const logger = { info: assert.fail, notice: (line: string) => notices.push(line), warning: assert.fail };
  const earlier = { of: TABLE, type: 'FULL_EXPORT', identity, absoluteTime: undefined } as const;
  assert.equal(await findEarlierExport({ client, logger, signal: AbortSignal.timeout(10_000) }, earlier), undefined);
  assert.match(notices.join(), /not authorized to perform dynamodb:ListExports\.$/);
});
