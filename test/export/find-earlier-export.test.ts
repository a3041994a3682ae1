// Import this first: it sets the time scale.
import './no-waits.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ExportDescription } from '@aws-sdk/client-dynamodb';
import type { DescribedExport } from '../../src/export/described-export.ts';
import { findEarlierExport } from '../../src/export/find-earlier-export.ts';
import type { Logger } from '../../src/logger.ts';
import { clientListing, exportOf, NOW, ORDERS, TABLE } from './listed-exports.ts';

const IDENTITY = { tokenPrefix: 'step-', attempt: 2 };
const OWN = { ClientToken: 'step-1', ExportStatus: 'IN_PROGRESS' } as const;
const HOURS_IN_90_DAYS = 2_160;

interface Found {
  readonly found: ExportDescription | undefined;
  readonly described: number;
  readonly infos: readonly string[];
  readonly notices: readonly string[];
}

async function findAmong(exports: readonly ExportDescription[], absoluteTime?: Date): Promise<Found> {
  const client = clientListing(exports);
  const infos: string[] = [];
  const notices: string[] = [];
  const logger: Logger = {
    info: (line) => infos.push(line),
    notice: (line) => notices.push(line),
    warning: assert.fail,
  };
  const earlier = { of: TABLE, type: 'FULL_EXPORT', identity: IDENTITY, absoluteTime } as const;
  const found = await findEarlierExport({ client, logger, signal: AbortSignal.timeout(10_000) }, earlier);
  return { found, described: client.calls('DescribeExport').length, infos, notices };
}

/** Returns hourly exports of other workflows, newest first. The newest started `newest` minutes ago. */
function others(count: number, newest: number, more: Partial<DescribedExport> = {}): ExportDescription[] {
  return Array.from({ length: count }, (_, hour) => exportOf(newest + hour * 60, more));
}

describe('the export of an earlier attempt is found', () => {
  for (const [order, arranged] of Object.entries(ORDERS)) {
    it(`before 60 older exports, listed ${order}`, async () => {
      const own = exportOf(30, OWN);
      const { found, described } = await findAmong(arranged([...others(2, 1), own, ...others(60, 61)]));
      assert.equal(found?.ExportArn, own.ExportArn);
      assert.equal(described, 1 + 1, 'one export started in the 30 minutes since then');
    });
  }

  it('after the maximum number of exports in 90 days, if it is in progress', async () => {
    const own = exportOf(HOURS_IN_90_DAYS * 60, OWN);
    const { found, infos } = await findAmong([...others(HOURS_IN_90_DAYS - 1, 61), own]);
    assert.equal(found?.ExportArn, own.ExportArn);
    assert.match(infos.join(), /Checking 2160 exports/);
  });

  it('after every export that started later than its fixed time, if it is complete', async () => {
    const absoluteTime = new Date(NOW.getTime() - 40 * 3_600_000);
    const own = exportOf(39 * 60, { ...OWN, ExportStatus: 'COMPLETED' });
    const { found, described } = await findAmong([...others(38, 61), own, ...others(60, 41 * 60)], absoluteTime);
    assert.equal(found?.ExportArn, own.ExportArn);
    assert.equal(described, 38 + 1);
  });

  it('even if the clocks of AWS differ by 30 seconds and its time is fixed', async () => {
    const own = exportOf(60, { ...OWN, ExportStatus: 'COMPLETED' });
    const { found } = await findAmong([exportOf(50), own], new Date(NOW.getTime() - 59.5 * 60_000));
    assert.equal(found?.ExportArn, own.ExportArn);
  });

  it('without describing failed exports or exports of the other type', async () => {
    const own = exportOf(300, OWN);
    const incremental = others(5, 1, { ExportType: 'INCREMENTAL_EXPORT' });
    const failed = others(5, 2, { ExportStatus: 'FAILED' });
    const { found, described } = await findAmong([...incremental, ...failed, own]);
    assert.equal(found?.ExportArn, own.ExportArn);
    assert.equal(described, 1);
  });
});

describe('no export of an earlier attempt is found', () => {
  it('among completed exports without a fixed time, after one is described', async () => {
    const { found, described } = await findAmong(others(100, 61, { ...OWN, ExportStatus: 'COMPLETED' }));
    assert.equal(found, undefined);
    assert.equal(described, 1);
  });

  it('among exports that started before the fixed time, after one is described', async () => {
    const { found, described } = await findAmong(others(100, 61), NOW);
    assert.equal(found, undefined);
    assert.equal(described, 1);
  });

  it('if several steps have the same token prefix, because the export may belong to another one', async () => {
    const { found, notices } = await findAmong([exportOf(30, { ...OWN, ClientToken: 'step-1-2' }), exportOf(31, OWN)]);
    assert.equal(found, undefined);
    assert.match(notices.join(), /^Several steps of this run cannot be distinguished/);
  });

  it('if the table has no exports', async () => assert.deepEqual((await findAmong([])).described, 0));
});
