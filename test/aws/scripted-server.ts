import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import type { SelfSigned } from '../fixtures/self-signed.ts';

export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/** A response, or a function that controls the connection instead */
export type Reply = HttpResponse | ((response: ServerResponse) => void);

export interface ScriptedServer extends AsyncDisposable {
  readonly endpoint: string;
  readonly server: Server;
  readonly requests: readonly ReceivedRequest[];
  /** Returns the number of connections that were opened */
  readonly connections: () => number;
}

/**
 * Starts a server on a free port of 127.0.0.1 that responds as `script` defines. `nth` is the request number from 1.
 *
 * @param certificate certificate for HTTPS; the default is HTTP
 */
export async function startScriptedServer(
  script: (request: ReceivedRequest, nth: number) => Reply | Promise<Reply>,
  certificate?: SelfSigned,
): Promise<ScriptedServer> {
  const requests: ReceivedRequest[] = [];
  let connections = 0;
  const respond = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { method = '', url = '', headers } = incoming;
    const request = { method, url, headers, body: await buffer(incoming) };
    const nth = requests.push(request);
    const reply = await script(request, nth);
    if (typeof reply === 'function') {
      reply(outgoing);
    } else {
      outgoing.writeHead(reply.status, reply.headers);
      outgoing.end(method === 'HEAD' ? undefined : reply.body);
    }
  };
  const listener: RequestListener = (incoming, outgoing) => {
    respond(incoming, outgoing).catch(() => outgoing.destroy());
  };
  const server = certificate ? createHttpsServer({ ...certificate }, listener) : createServer(listener);
  server.on('connection', () => {
    connections += 1;
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `${certificate ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    requests,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Returns a DynamoDB response with its checksum. */
export function dynamoDbReply(body: Buffer | string | object, status = 200): HttpResponse {
  const bytes = typeof body === 'object' && !Buffer.isBuffer(body) ? JSON.stringify(body) : body;
  return {
    status,
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-crc32': String(crc32(bytes)),
      'x-amzn-requestid': 'REQUEST0ID',
    },
    body: bytes,
  };
}

/** Returns a DynamoDB error. A name that starts with `com.` is sent unchanged, otherwise with the prefix of DynamoDB. */
export function dynamoDbFailure(type: string, message: string, status = 400): HttpResponse {
  const full = type.startsWith('com.') ? type : `com.amazonaws.dynamodb.v20120810#${type}`;
  return dynamoDbReply({ __type: full, message }, status);
}

/** Returns an S3 error. */
export function s3Failure(code: string, status: number, message = code, more = ''): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/xml', 'x-amz-request-id': 'REQUEST0ID', 'x-amz-id-2': 'HOST0ID' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message>${more}<RequestId>REQUEST0ID</RequestId><HostId>HOST0ID</HostId></Error>`,
  };
}
