import { once } from 'node:events';
import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, type HttpResponse, resealed, withFlippedByte } from './faults.ts';

/** A request as received, before it is processed. */
export interface RawRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Record of a request. `Details` are the fields that the `describe` function of the protocol adds. */
export type RecordedRequest<Details> = Details & {
  /** Name of the API operation, such as `Scan` or `UploadPart`. */
  readonly operation: string;
  /** Number of this request among the requests of its operation, starting at 1. */
  readonly nth: number;
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Value of `performance.now()` when the request arrived. */
  readonly at: number;
  /** Status sent to the client; absent until a response is sent. */
  status?: number;
  fault?: Fault;
};

/** Returns the fault to inject into a request. The request waits until the promise settles. */
export type FaultHook<Details> = (
  request: RecordedRequest<Details>,
  nth: number,
) => Fault | undefined | Promise<Fault | undefined>;

export interface ProxyOptions<Details> {
  readonly target: URL;
  /** Returns the operation of a request and the details to record. */
  readonly describe: (request: RawRequest) => Details & { readonly operation: string };
  /** Responds instead of the server; `pass` forwards a request to the server. Default: forwards every request. */
  readonly serve?: (
    request: RecordedRequest<Details>,
    raw: RawRequest,
    pass: (raw: RawRequest) => Promise<HttpResponse>,
  ) => Promise<HttpResponse>;
  /** Receives every response of the server before a fault is applied to it. */
  readonly observe?: (request: RecordedRequest<Details>, httpResponse: HttpResponse) => void;
}

/** A proxy in front of a local server. It records every request and can inject faults. */
export interface RecordingProxy<Details> extends AsyncDisposable {
  readonly endpoint: string;
  /** In order of arrival. */
  readonly requests: readonly RecordedRequest<Details>[];
  /** Sets the hook that injects faults; without an argument, removes it. */
  readonly inject: (hook?: FaultHook<Details>) => void;
  /**
   * Resolves when the server has responded to every request that was or will be forwarded. If a client disconnects, the
   * server still processes its requests, possibly a little later.
   */
  readonly settled: () => Promise<void>;
}

/**
 * Starts a proxy on a free port of 127.0.0.1.
 *
 * Host and every other end-to-end header are forwarded unchanged because the signature of a request covers them. Bodies
 * are buffered completely, which keeps the faults simple but does not suit gigabytes of data.
 */
export async function startRecordingProxy<Details>(options: ProxyOptions<Details>): Promise<RecordingProxy<Details>> {
  const requests: RecordedRequest<Details>[] = [];
  const counts = new Map<string, number>();
  const agent = new Agent({ keepAlive: true });
  const pass = (raw: RawRequest): Promise<HttpResponse> => forward(options.target, agent, raw);
  const serve: NonNullable<typeof options.serve> = options.serve ?? ((_request, raw) => pass(raw));
  let hook: FaultHook<Details> | undefined;
  const underWay = new Set<Promise<void>>();

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const raw: RawRequest = {
      method: incoming.method ?? 'GET',
      url: incoming.url ?? '/',
      headers: incoming.headers,
      body: await buffer(incoming),
    };
    const { method, url, headers } = raw;
    const details = options.describe(raw);
    const nth = (counts.get(details.operation) ?? 0) + 1;
    counts.set(details.operation, nth);
    const recorded: RecordedRequest<Details> = { ...details, nth, method, url, headers, at: performance.now() };
    requests.push(recorded);

    const fault = await hook?.(recorded, nth);
    if (fault !== undefined) {
      recorded.fault = fault;
    }
    if (fault === 'hang') {
      return;
    }
    if (fault === 'drop') {
      outgoing.destroy();
      return;
    }
    if (typeof fault === 'object' && 'delayMs' in fault) {
      await sleep(fault.delayMs);
    }
    if (typeof fault === 'object' && 'httpResponse' in fault) {
      recorded.status = fault.httpResponse.status;
      send(outgoing, method, resealed(fault.httpResponse));
      return;
    }
    const httpResponse = await serve(recorded, raw, pass);
    options.observe?.(recorded, httpResponse);
    if (fault === 'mute') {
      return;
    }
    if (fault === 'lose-httpResponse') {
      outgoing.destroy();
      return;
    }
    recorded.status = httpResponse.status;
    if ((fault === 'cut' || fault === 'truncate') && method !== 'HEAD') {
      sendHalf(outgoing, httpResponse, fault);
    } else if (fault === 'flip') {
      send(outgoing, method, { ...httpResponse, body: withFlippedByte(httpResponse.body) });
    } else if (typeof fault === 'object' && 'rewrite' in fault) {
      const rewritten = fault.rewrite(httpResponse);
      recorded.status = rewritten.status;
      send(outgoing, method, resealed(rewritten));
    } else if (typeof fault === 'object' && 'rewriteHead' in fault) {
      send(outgoing, method, fault.rewriteHead(httpResponse));
    } else {
      send(outgoing, method, httpResponse);
    }
  };

  const server = createServer((incoming, outgoing) => {
    // If the client or the server disconnects, close the other connection as well.
    const handling = handle(incoming, outgoing)
      .catch(() => void outgoing.destroy())
      .finally(() => underWay.delete(handling));
    underWay.add(handling);
  });
  // The Action's clients keep connections open between requests. Closing one first would be an unintended fault.
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    inject(next) {
      hook = next;
    },
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await once(server, 'close');
    },
  };
}

/** Headers of a single connection, which a proxy does not forward. They are never signed. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'expect', 'proxy-connection', 'upgrade']);

async function forward(target: URL, agent: Agent, raw: RawRequest): Promise<HttpResponse> {
  const upstream = httpRequest({
    agent,
    host: target.hostname,
    port: target.port,
    method: raw.method,
    path: raw.url,
    headers: Object.fromEntries(Object.entries(raw.headers).filter(([name]) => !HOP_BY_HOP.has(name))),
  });
  // A server may respond and close the connection before it has read the whole body. The failed write is ignored.
  upstream.on('error', () => {});
  upstream.end(raw.body);
  const [response] = (await once(upstream, 'response')) as [IncomingMessage];
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined && !HOP_BY_HOP.has(name)) {
      headers[name] = value;
    }
  }
  return { status: response.statusCode ?? 502, headers, body: await buffer(response) };
}

function send(outgoing: ServerResponse, method: string, httpResponse: HttpResponse): void {
  writeHead(outgoing, httpResponse);
  outgoing.end(method === 'HEAD' ? undefined : httpResponse.body);
}

function sendHalf(outgoing: ServerResponse, httpResponse: HttpResponse, fault: 'cut' | 'truncate'): void {
  const half = httpResponse.body.subarray(0, httpResponse.body.length >> 1);
  if (fault === 'cut') {
    writeHead(outgoing, httpResponse);
    outgoing.write(half, () => outgoing.destroy());
  } else {
    const { 'content-length': _, ...headers } = httpResponse.headers;
    writeHead(outgoing, { ...httpResponse, headers });
    outgoing.end(half);
  }
}

function writeHead(outgoing: ServerResponse, { status, headers }: HttpResponse): void {
  outgoing.writeHead(status, headers as Record<string, string | string[]>);
}
