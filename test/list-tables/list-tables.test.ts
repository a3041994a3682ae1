import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CopyError } from '../../src/errors.ts';
import { listTables, type TableSelection } from '../../src/list-tables/list-tables.ts';
import { parseTablePattern } from '../../src/list-tables/table-pattern.ts';
import { RespondingClient, type SentRequest, serviceError } from '../export/responding-client.ts';
import { SkippingClock } from '../pacing/virtual-clock.ts';

const PREFIX = 'arn:aws:dynamodb:eu-central-1:111111111111:table/';

/** Tags of each table, as `Key=Value`. */
type Tables = Readonly<Record<string, readonly string[]>>;

interface Account {
  readonly tables: Tables;
  readonly namesPerPage?: number;
  readonly tagsPerPage?: number;
  /** Tables that are listed, but were deleted meanwhile. */
  readonly deleted?: readonly string[];
}

/** Returns a client that responds as DynamoDB does for the tables of an account. */
function accountWith({ tables, namesPerPage = 100, tagsPerPage = 10, deleted = [] }: Account): RespondingClient {
  const known = (name: string) => {
    const tags = tables[name];
    if (!tags || deleted.includes(name)) throw serviceError('ResourceNotFoundException');
    return tags;
  };
  return new RespondingClient(({ operation, input }) => {
    switch (operation) {
      case 'ListTables': {
        const names = Object.keys(tables).sort();
        const start = names.indexOf(String(input['ExclusiveStartTableName'])) + 1;
        const TableNames = names.slice(start, start + namesPerPage);
        const isLast = start + namesPerPage >= names.length;
        return { TableNames, ...(!isLast && { LastEvaluatedTableName: TableNames.at(-1) }) };
      }
      case 'DescribeTable':
        known(String(input['TableName']));
        return { Table: { TableArn: `${PREFIX}${input['TableName']}` } };
      case 'ListTagsOfResource': {
        const tags = known(String(input['ResourceArn']).slice(PREFIX.length));
        const start = Number(input['NextToken'] ?? 0);
        const Tags = tags.slice(start, start + tagsPerPage).map((tag) => {
          const [, Key, Value] = /^(.*?)=(.*)$/.exec(tag) ?? [];
          return { Key, Value };
        });
        return { Tags, ...(start + tagsPerPage < tags.length && { NextToken: String(start + tagsPerPage) }) };
      }
      default:
        throw new Error(operation);
    }
  });
}

async function list(
  client: RespondingClient,
  { names = ['*'], tags = [] }: { names?: readonly string[]; tags?: TableSelection['tags'] } = {},
) {
  const lines: string[] = [];
  const log = (line: string) => void lines.push(line);
  const clock = new SkippingClock();
  const patterns = names.flatMap((text) => parseTablePattern(text) ?? []);
  const logger = { info: log, notice: log, warning: log };
  const source = { client, logger, signal: new AbortController().signal, clock };
  const result = await listTables({ patterns, tags }, source);
  return { ...result, lines, ms: clock.now() };
}

function describedTables(sent: readonly SentRequest[]): string[] {
  return sent.map(({ input }) => String(input['ResourceArn']).slice(PREFIX.length)).sort();
}

describe('listTables', () => {
  it('reads every page of names and returns the matching ones, sorted', async () => {
    const tables = Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`t.${index}-x`, []]));
    const client = accountWith({ tables });
    const result = await list(client, { names: ['t.?-x', 'other*', '!t.5-x'] });
    assert.deepEqual(
      result.tables,
      [0, 1, 2, 3, 4, 6, 7, 8, 9].map((index) => `t.${index}-x`),
    );
    assert.deepEqual([result.existing, result.matching], [3_000, 9]);
    assert.deepEqual(
      result.unmatched.map(({ text }) => text),
      ['other*'],
    );
    assert.equal(client.calls('ListTables').length, 30);
    assert.equal(client.sent.length, 30, 'without tags, nothing else is requested');
  });

  it('selects tables that have every tag, and reads the tags of matching names only, to the last page', async () => {
    const many = Array.from({ length: 48 }, (_, index) => `key-${index}=value`);
    const client = accountWith({
      tables: {
        audit: ['backup=yes'],
        'orders-1': ['backup=yes', 'team=shop'],
        'orders-2': ['backup=yes'],
        'orders-3': ['backup=no', 'team=shop'],
        'orders-4': [...many, 'team=shop', 'backup=yes'],
        'orders-5': [],
      },
    });
    const result = await list(client, { names: ['orders-*', '!orders-2'], tags: ['backup=yes', 'team=shop'] });
    assert.deepEqual(result.tables, ['orders-1', 'orders-4']);
    assert.equal(result.matching, 4);
    assert.deepEqual(
      [...new Set(describedTables(client.calls('ListTagsOfResource')))],
      ['orders-1', 'orders-3', 'orders-4', 'orders-5'],
    );
    assert.equal(client.calls('DescribeTable').length, 1);
  });

  it('compares keys and values of tags as a whole, in their case', async () => {
    const tables = {
      a1: ['Backup=yes'],
      a2: ['backup=yes!'],
      a3: ['my-backup=yes'],
      a4: ['backup=yes'],
      a5: ['backup='],
    };
    assert.deepEqual((await list(accountWith({ tables }), { tags: ['backup=yes'] })).tables, ['a4']);
    assert.deepEqual((await list(accountWith({ tables }), { tags: ['backup='] })).tables, ['a5']);
  });

  it('sends at most 10 requests for tags per second', async () => {
    const tables = Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`table-${index}`, ['a=b']]));
    const { tables: found, ms, lines } = await list(accountWith({ tables }), { tags: ['a=b'] });
    assert.equal(found.length, 600);
    assert.ok(ms >= 59_000 && ms < 75_000, `${ms} ms`);
    assert.ok(lines.includes('Read the tags of 500 of 600 tables'), lines.join('\n'));
  });

  it('leaves out a table that is deleted meanwhile, and logs its name', async () => {
    const tables = { a: ['x=y'], b: ['x=y'], c: ['x=y'] };
    const { tables: found, lines } = await list(accountWith({ tables, deleted: ['a', 'c'] }), { tags: ['x=y'] });
    assert.deepEqual(found, ['b']);
    for (const name of ['a', 'c']) {
      assert.ok(lines.includes(`Table ${name} was deleted meanwhile and is left out`), lines.join('\n'));
    }
  });

  it('returns no table if all of them are deleted meanwhile', async () => {
    const client = accountWith({ tables: { a: ['x=y'], b: ['x=y'] }, deleted: ['a', 'b'] });
    assert.deepEqual((await list(client, { tags: ['x=y'] })).tables, []);
    assert.equal(client.calls('ListTagsOfResource').length, 0);
  });

  it('fails if the tags of one table cannot be read, and stops', async () => {
    const tables = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`t-${index}`, ['a=b']]));
    const account = accountWith({ tables });
    const client = new RespondingClient((request) => {
      const isDenied =
        request.operation === 'ListTagsOfResource' && String(request.input['ResourceArn']).endsWith('t-0');
      if (isDenied) throw serviceError('AccessDeniedException');
      return account.send({ constructor: { name: `${request.operation}Command` }, input: request.input } as never);
    });
    await assert.rejects(list(client, { tags: ['a=b'] }), { name: 'AccessDeniedException' });
    const sent = client.calls('ListTagsOfResource').length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(client.calls('ListTagsOfResource').length, sent);
    assert.ok(sent < 20, `${sent} requests`);
  });

  for (const [title, response] of [
    ['has no names', {}],
    ['repeats the position of the page before', { TableNames: ['a'], LastEvaluatedTableName: 'a' }],
  ] as const) {
    it(`fails if a response to ListTables ${title}`, async () => {
      const client = new RespondingClient(() => response);
      await assert.rejects(
        list(client),
        (error: unknown) =>
          error instanceof CopyError && error.code === 'AWS_ERROR' && /ListTables/.test(error.message),
      );
      assert.ok(client.sent.length <= 2);
    });
  }

  it('fails if the ARN of a table is of another table', async () => {
    const client = new RespondingClient(({ operation }) =>
      operation === 'ListTables' ? { TableNames: ['orders'] } : { Table: { TableArn: `${PREFIX}my-orders-2` } },
    );
    await assert.rejects(list(client, { tags: ['a=b'] }), (error: CopyError) => error.code === 'AWS_ERROR');
  });
});
