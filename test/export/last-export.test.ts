// Import this first: it sets the time scale.
import './no-waits.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endOfLastExport } from '../../src/export/last-export.ts';
import { clientListing, exportOf, NOW, ORDERS, TABLE } from './listed-exports.ts';

const SERIES = { bucket: 'backups', prefix: 'series', viewType: 'NEW_AND_OLD_IMAGES', filter: undefined };
const HOURS_IN_90_DAYS = 2_160;

function endOf(client: ReturnType<typeof clientListing>, time = NOW): Promise<Date | 'window too short'> {
  const until = { time, isAbsolute: time !== NOW };
  const context = { client, signal: AbortSignal.timeout(10_000) };
  return endOfLastExport(context, { tableArn: TABLE.tableArn, series: SERIES, until, pitrWindow: undefined });
}

/** Returns hourly exports to another prefix, newest first. The newest started `newest` minutes ago. */
function others(count: number, newest: number) {
  return Array.from({ length: count }, (_, hour) => exportOf(newest + hour * 60, { S3Prefix: 'others' }));
}

describe('ExportFromTime: last', () => {
  for (const [order, arranged] of Object.entries(ORDERS)) {
    it(`describes only the newest of the hourly exports of 90 days, listed ${order}`, async () => {
      const hourly = Array.from({ length: HOURS_IN_90_DAYS }, (_, hour) => exportOf(61 + hour * 60));
      const client = clientListing(arranged(hourly));
      assert.deepEqual(await endOf(client), hourly[0]?.ExportTime);
      assert.equal(client.calls('DescribeExport').length, 1);
      assert.equal(client.calls('ListExports').length, Math.ceil(HOURS_IN_90_DAYS / 25));
    });

    it(`finds the series between 20 newer and 60 older exports, listed ${order}`, async () => {
      const own = exportOf(1_205);
      const client = clientListing(arranged([...others(20, 61), own, ...others(60, 1_261)]));
      assert.deepEqual(await endOf(client), own.ExportTime);
      assert.equal(client.calls('DescribeExport').length, 20 + 1);
    });
  }

  it('continues a series that ended an hour before a fixed end, regardless of later exports', async () => {
    const own = exportOf(20 * 24 * 60);
    const client = clientListing([...others(20 * 24 - 1, 61), own]);
    const end = new Date((own.ExportTime?.getTime() ?? 0) + 3_600_000);
    assert.deepEqual(await endOf(client, end), own.ExportTime);
  });

  it('continues an export that started 24 hours ago, even if 300 exports started since then', async () => {
    const own = exportOf(1_440);
    const client = clientListing([...Array.from({ length: 300 }, (_, n) => others(1, 20 + n)).flat(), own]);
    assert.deepEqual(await endOf(client), own.ExportTime);
  });

  it('continues an export that ended 24 hours ago, even if the clocks of AWS differ by 30 seconds', async () => {
    const own = exportOf(1_440.5, { ExportTime: new Date(NOW.getTime() - 24 * 3_600_000) });
    const client = clientListing([...Array.from({ length: 20 }, (_, n) => others(1, 1_440.1 + n / 100)).flat(), own]);
    assert.deepEqual(await endOf(client), own.ExportTime);
  });

  it('reports the end of a series that is too old to continue', async () => {
    const client = clientListing([...others(9, 24 * 60 + 2), exportOf(34 * 60)]);
    await assert.rejects(endOf(client), { code: 'NO_EARLIER_EXPORT', message: /ended 34 hours ago/ });
  });

  it('reports how long before a fixed end a series ended that cannot be continued', async () => {
    const own = exportOf(34 * 60);
    const end = new Date((own.ExportTime?.getTime() ?? 0) + 25 * 3_600_000);
    await assert.rejects(endOf(clientListing([own]), end), { message: /ended 25 hours before ExportToTime/ });
  });

  it('reports that point-in-time recovery was disabled since the series ended', async () => {
    const pitrWindow = { earliest: new Date(NOW.getTime() - 3_600_000), latest: NOW };
    const until = { time: NOW, isAbsolute: false };
    const context = { client: clientListing([exportOf(120)]), signal: AbortSignal.timeout(10_000) };
    const { tableArn } = TABLE;
    await assert.rejects(endOfLastExport(context, { tableArn, series: SERIES, until, pitrWindow }), {
      code: 'NO_EARLIER_EXPORT',
      message: /covers only the time since .* It was disabled in between\.$/,
    });
  });

  it('describes 10 exports that are too old to continue, and reports how many it checked', async () => {
    const client = clientListing([...others(3, 60), ...others(20, 24 * 60 + 2)]);
    await assert.rejects(endOf(client), { code: 'NO_EARLIER_EXPORT', message: /none of the newest 13 completed/ });
    assert.equal(client.calls('DescribeExport').length, 13);
  });

  it('reports that no export exists if all were described', async () => {
    const client = clientListing(others(10, 24 * 60 + 2));
    await assert.rejects(endOf(client), {
      code: 'NO_EARLIER_EXPORT',
      message: /no completed export of this table was written/,
    });
  });
});
