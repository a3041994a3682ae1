// Upper bound: requests every page like the other clients and discards it. No SDK, signature, checksum or upload.
import { once } from 'node:events';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { TASK } from './task.ts';

const endpoint = process.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '';
const isHttps = endpoint.startsWith('https:');
const request = isHttps ? httpsRequest : httpRequest;
const agent = new (isHttps ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: TASK.segments });
const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.Scan' };

await Promise.all(Array.from({ length: TASK.segments }, (_, index) => readSegment(index)));
agent.destroy();

async function readSegment(Segment: number): Promise<void> {
  let startKey: unknown;
  do {
    const end = await readPage({
      TableName: TASK.table,
      Segment,
      TotalSegments: TASK.segments,
      ExclusiveStartKey: startKey,
    });
    const [, key] = /"LastEvaluatedKey":(\{.*\}),"ScannedCount"/.exec(end) ?? [];
    startKey = key === undefined ? undefined : JSON.parse(key);
  } while (startKey !== undefined);
}

/** @returns the end of the page, which contains the next start key */
async function readPage(parameters: unknown): Promise<string> {
  const scan = request(endpoint, { method: 'POST', agent, headers });
  scan.end(JSON.stringify(parameters));
  const [response] = (await once(scan, 'response')) as [IncomingMessage];
  let last: Buffer = Buffer.alloc(0);
  let beforeLast = last;
  response.on('data', (chunk: Buffer) => {
    beforeLast = last;
    last = chunk;
  });
  await once(response, 'end');
  return Buffer.concat([beforeLast, last]).subarray(-1024).toString('latin1');
}
