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
import { type Answer, type Fault, resealed, withFlippedByte } from './faults.ts';

/** A request as it came in, before anything is known of its answer. */
export interface RawRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What the proxy keeps of every request; `Details` is what the protocol's own describer adds. */
export type RecordedRequest<Details> = Details & {
  /** The API's name for it, such as `Scan` or `UploadPart`. */
  readonly operation: string;
  /** Counts the requests of this operation, from 1. */
  readonly nth: number;
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** `performance.now()` at its arrival. */
  readonly at: number;
  /** What the client was told; absent while it waits, and where it was told nothing. */
  status?: number;
  fault?: Fault;
};

/** Decides what happens to a request. It may take its time: the request waits until the promise settles. */
export type FaultHook<Details> = (
  request: RecordedRequest<Details>,
  nth: number,
) => Fault | undefined | Promise<Fault | undefined>;

export interface ProxyOptions<Details> {
  readonly target: URL;
  /** Says which operation a request is, and what else to keep of it. */
  readonly describe: (request: RawRequest) => Details & { readonly operation: string };
  /** Answers instead of the server, which it can ask itself with `pass`. Unset: every request is passed on. */
  readonly serve?: (
    request: RecordedRequest<Details>,
    raw: RawRequest,
    pass: (raw: RawRequest) => Promise<Answer>,
  ) => Promise<Answer>;
  /** Sees every answer that the server itself gave, before any fault is applied to it. */
  readonly observe?: (request: RecordedRequest<Details>, answer: Answer) => void;
}

/** A proxy before a server on this machine: it records every request, and can do something to it on the way. */
export interface RecordingProxy<Details> extends AsyncDisposable {
  readonly endpoint: string;
  /** In order of arrival. */
  readonly requests: readonly RecordedRequest<Details>[];
  /** Sets the hook that may inject faults; without one, takes it away. */
  readonly inject: (hook?: FaultHook<Details>) => void;
  /**
   * Resolves when the server has answered all that was passed on to it, or is to be. A client that has gone away does not
   * take its requests with it: the server carries them out all the same, a little later.
   */
  readonly settled: () => Promise<void>;
}

/**
 * Starts a proxy on a free port of 127.0.0.1.
 *
 * Host and every other end-to-end header go through unchanged, since a request's signature covers them. Bodies are
 * held in memory whole, which is what makes the faults simple: it is not meant for gigabytes.
 */
export async function startRecordingProxy<Details>(options: ProxyOptions<Details>): Promise<RecordingProxy<Details>> {
  const requests: RecordedRequest<Details>[] = [];
  const counts = new Map<string, number>();
  const agent = new Agent({ keepAlive: true });
  const pass = (raw: RawRequest): Promise<Answer> => forward(options.target, agent, raw);
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
    if (typeof fault === 'object' && 'answer' in fault) {
      recorded.status = fault.answer.status;
      send(outgoing, method, resealed(fault.answer));
      return;
    }
    const answer = await serve(recorded, raw, pass);
    options.observe?.(recorded, answer);
    if (fault === 'mute') {
      return;
    }
    if (fault === 'lose-answer') {
      outgoing.destroy();
      return;
    }
    recorded.status = answer.status;
    if ((fault === 'cut' || fault === 'truncate') && method !== 'HEAD') {
      sendHalf(outgoing, answer, fault);
    } else if (fault === 'flip') {
      send(outgoing, method, { ...answer, body: withFlippedByte(answer.body) });
    } else if (typeof fault === 'object' && 'rewrite' in fault) {
      const rewritten = fault.rewrite(answer);
      recorded.status = rewritten.status;
      send(outgoing, method, resealed(rewritten));
    } else if (typeof fault === 'object' && 'rewriteHead' in fault) {
      send(outgoing, method, fault.rewriteHead(answer));
    } else {
      send(outgoing, method, answer);
    }
  };

  const server = createServer((incoming, outgoing) => {
    // A client that goes away, and a server that does, both end here: the other side sees its connection close.
    const handling = handle(incoming, outgoing)
      .catch(() => void outgoing.destroy())
      .finally(() => underWay.delete(handling));
    underWay.add(handling);
  });
  // The Action's clients keep connections open between requests; closing them first would be a fault nobody asked for.
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

/** Headers about one connection only, which a proxy does not pass on. None of them is ever signed. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'expect', 'proxy-connection', 'upgrade']);

async function forward(target: URL, agent: Agent, raw: RawRequest): Promise<Answer> {
  const upstream = httpRequest({
    agent,
    host: target.hostname,
    port: target.port,
    method: raw.method,
    path: raw.url,
    headers: Object.fromEntries(Object.entries(raw.headers).filter(([name]) => !HOP_BY_HOP.has(name))),
  });
  // A server may answer, and close, before it has read all of the body: what fails then is a write nobody awaits.
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

function send(outgoing: ServerResponse, method: string, answer: Answer): void {
  writeHead(outgoing, answer);
  outgoing.end(method === 'HEAD' ? undefined : answer.body);
}

function sendHalf(outgoing: ServerResponse, answer: Answer, fault: 'cut' | 'truncate'): void {
  const half = answer.body.subarray(0, answer.body.length >> 1);
  if (fault === 'cut') {
    writeHead(outgoing, answer);
    outgoing.write(half, () => outgoing.destroy());
  } else {
    const { 'content-length': _, ...headers } = answer.headers;
    writeHead(outgoing, { ...answer, headers });
    outgoing.end(half);
  }
}

function writeHead(outgoing: ServerResponse, { status, headers }: Answer): void {
  outgoing.writeHead(status, headers as Record<string, string | string[]>);
}
