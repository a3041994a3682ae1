import './aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { restorePost } from '../src/restore-post.ts';
import { dynamoDbFailure, dynamoDbReply, type Reply, startScriptedServer } from './aws/scripted-server.ts';
import { CREDENTIALS_ENV } from './fixtures/credentials.ts';
import { createStepFolder } from './runner/runner-files.ts';

const ARN = 'arn:aws:dynamodb:eu-west-1:123456789012:table/drill';
const INPUTS = {
  'INPUT_DYNAMODB-TABLE-NAME': 'drill',
  'INPUT_S3-BUCKET-NAME': 'my-backups',
  INPUT_TEMPORARY: 'true',
};

/** Runs the post step of a restore that created the table with the ID id-1; returns its output. */
async function outputOf(
  t: TestContext,
  respond: (operation: string) => Reply,
  inputs: NodeJS.ProcessEnv = INPUTS,
): Promise<string> {
  using folder = createStepFolder();
  await using server = await startScriptedServer(({ headers }) =>
    respond(String(headers['x-amz-target']).split('.')[1] ?? ''),
  );
  let output = '';
  const write = process.stdout.write.bind(process.stdout);
  t.mock.method(process.stdout, 'write', (chunk: string | Uint8Array) => {
    // The test runner reports results in binary.
    if (typeof chunk !== 'string') return write(chunk);
    output += chunk;
    return true;
  });
  Object.assign(process.env, CREDENTIALS_ENV, { AWS_ENDPOINT_URL_DYNAMODB: server.endpoint });
  const STATE_restore = JSON.stringify({ table: 'drill', tableId: 'id-1' });
  const { RUNNER_TEMP } = folder.env;
  await restorePost({ ...CREDENTIALS_ENV, AWS_REGION: 'eu-west-1', RUNNER_TEMP, STATE_restore, ...inputs });
  t.mock.restoreAll();
  return output;
}

const tableWith = (TableId: string) => dynamoDbReply({ Table: { TableArn: ARN, TableId, TableStatus: 'ACTIVE' } });

test('the post step of a restore reports that the temporary table does not exist', async (t) => {
  const output = await outputOf(t, () => dynamoDbFailure('ResourceNotFoundException', ''));
  assert.match(output, /^The temporary table drill does not exist\.$/m);
});

test('the post step of a restore reports how to delete a table that it is not authorized to delete', async (t) => {
  const output = await outputOf(t, (operation) =>
    operation === 'DescribeTable' ? tableWith('id-1') : dynamoDbFailure('AccessDeniedException', ''),
  );
  assert.match(output, /^::warning::The temporary table drill could not be deleted\. .*dynamodb:DeleteTable/m);
  assert.match(output, /aws dynamodb delete-table --region eu-west-1 --table-name drill$/m);
});

test('the post step of a restore reports how to delete a table that remains busy', async (t) => {
  const output = await outputOf(t, (operation) =>
    operation === 'DescribeTable' ? tableWith('id-1') : dynamoDbFailure('ResourceInUseException', ''),
  );
  assert.match(output, /^::warning::The temporary table drill could not be deleted yet, .*aws dynamodb delete-table/m);
});

test('the post step of a restore reports how to delete a table if DynamoDB does not respond in time', async (t) => {
  const output = await outputOf(t, (operation) => (operation === 'DescribeTable' ? tableWith('id-1') : () => {}));
  assert.match(output, /^::warning::The temporary table drill could not be deleted yet, .*or did not respond in time/m);
});

test('the post step of a restore does not delete a table that the inputs do not name', async (t) => {
  const asked: string[] = [];
  const respond = (operation: string) => {
    asked.push(operation);
    return tableWith('id-1');
  };
  for (const inputs of [
    { ...INPUTS, INPUT_TEMPORARY: 'false' },
    { ...INPUTS, 'INPUT_DYNAMODB-TABLE-NAME': 'orders' },
  ]) {
    const output = await outputOf(t, respond, inputs);
    assert.match(output, /^::warning::The table drill was not deleted, because the inputs of the step do not name it/m);
  }
  assert.deepEqual(asked, []);
});

test('the post step of a restore reports that the inputs are invalid', async (t) => {
  const output = await outputOf(t, () => tableWith('id-1'), { ...INPUTS, 'INPUT_S3-BUCKET-NAME': '' });
  assert.match(output, /^::warning::The temporary table drill could not be deleted\. .*\(INVALID_INPUT\)/m);
});
