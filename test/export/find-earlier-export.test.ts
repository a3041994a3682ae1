// Sets the time scale, so it comes first.
import './no-waits.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ExportDescription } from '@aws-sdk/client-dynamodb';
import type { DescribedExport } from '../../src/export/described-export.ts';
import { findEarlierExport } from '../../src/export/find-earlier-export.ts';
import type { Logger } from '../../src/logger.ts';
import { clientListing, exportOf, NOW, OF, ORDERS } from './listed-exports.ts';

const IDENTITY = { tokenStart: 'step-', attempt: 2 };
const OWN = { ClientToken: 'step-1', ExportStatus: 'IN_PROGRESS' } as const;
const ALL_OF_90_DAYS = 2_160;

interface Found {
  readonly found: ExportDescription | undefined;
  readonly described: number;
  readonly infos: readonly string[];
  readonly notices: readonly string[];
}

async function findAmong(exports: readonly ExportDescription[], fixedTime?: Date): Promise<Found> {
  const client = clientListing(exports);
  const infos: string[] = [];
  const notices: string[] = [];
  const logger: Logger = {
    info: (line) => infos.push(line),
    notice: (line) => notices.push(line),
    warning: assert.fail,
  };
  const earlier = { of: OF, type: 'FULL_EXPORT', identity: IDENTITY, fixedTime } as const;
  const found = await findEarlierExport(client, earlier, logger, AbortSignal.timeout(10_000));
  return { found, described: client.calls('DescribeExport').length, infos, notices };
}

/** Exports that other workflows made, by the hour, newest first. */
function others(count: number, newest: number, more: Partial<DescribedExport> = {}): ExportDescription[] {
  return Array.from({ length: count }, (_, hour) => exportOf(newest + hour * 60, more));
}

describe('an export of an earlier attempt is found', () => {
  for (const [order, arranged] of Object.entries(ORDERS)) {
    it(`before 60 older ones, listed ${order}`, async () => {
      const own = exportOf(30, OWN);
      const { found, described } = await findAmong(arranged([...others(2, 1), own, ...others(60, 61)]));
      assert.equal(found?.ExportArn, own.ExportArn);
      assert.equal(described, 1 + 1, 'one newer export started in the 30 minutes since');
    });
  }

  it('behind as many as there can be of 90 days, if it is in progress', async () => {
    const own = exportOf(ALL_OF_90_DAYS * 60, OWN);
    const { found, infos } = await findAmong([...others(ALL_OF_90_DAYS - 1, 61), own]);
    assert.equal(found?.ExportArn, own.ExportArn);
    assert.match(infos.join(), /Checking 2160 exports/);
  });

  it('if it is complete and its time is fixed, behind every export that started after that time', async () => {
    const fixedTime = new Date(NOW.getTime() - 40 * 3_600_000);
    const own = exportOf(39 * 60, { ...OWN, ExportStatus: 'COMPLETED' });
    const { found, described } = await findAmong([...others(38, 61), own, ...others(60, 41 * 60)], fixedTime);
    assert.equal(found?.ExportArn, own.ExportArn);
    assert.equal(described, 38 + 1);
  });

  it('if its time is fixed and AWS clocks differ by half a minute', async () => {
    const own = exportOf(60, { ...OWN, ExportStatus: 'COMPLETED' });
    const { found } = await findAmong([exportOf(50), own], new Date(NOW.getTime() - 59.5 * 60_000));
    assert.equal(found?.ExportArn, own.ExportArn);
  });

  it('without describing exports of the other type, or failed ones', async () => {
    const own = exportOf(300, OWN);
    const increments = others(5, 1, { ExportType: 'INCREMENTAL_EXPORT' });
    const failed = others(5, 2, { ExportStatus: 'FAILED' });
    const { found, described } = await findAmong([...increments, ...failed, own]);
    assert.equal(found?.ExportArn, own.ExportArn);
    assert.equal(described, 1);
  });
});

describe('no export of an earlier attempt is found', () => {
  it('among completed ones if the time is not fixed, of which one is described', async () => {
    const { found, described } = await findAmong(others(100, 61, { ...OWN, ExportStatus: 'COMPLETED' }));
    assert.equal(found, undefined);
    assert.equal(described, 1);
  });

  it('among those that started before the fixed time, of which one is described', async () => {
    const { found, described } = await findAmong(others(100, 61), NOW);
    assert.equal(found, undefined);
    assert.equal(described, 1);
  });

  it('if several steps have the same token start, because the export may belong to another one', async () => {
    const { found, notices } = await findAmong([exportOf(30, { ...OWN, ClientToken: 'step-1-2' })]);
    assert.equal(found, undefined);
    assert.match(notices.join(), /^Several steps of this run cannot be distinguished/);
  });

  it('where there is none', async () => assert.deepEqual((await findAmong([])).described, 0));
});
