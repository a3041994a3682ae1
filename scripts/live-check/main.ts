// For live-check.yml: `node scripts/live-check/main.ts prepare|check|cleanup`. Reads the names from the environment.
import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { deleteObjects, deleteTables } from './cleanup.ts';
import { openClients } from './clients.ts';
import { costRows, readPrices } from './cost.ts';
import { observeFacts, observeUsage, type Run } from './observe.ts';
import { prepareTable } from './prepare-table.ts';
import { hasPassed, reportMarkdown } from './report.ts';

interface Need {
  readonly result: string;
  readonly outputs: Readonly<Record<string, string>>;
}

const run: Run = {
  region: required('AWS_REGION'),
  role: process.env['LIVE_CHECK_ROLE'] || undefined,
  bucket: required('LIVE_CHECK_BUCKET'),
  table: required('LIVE_CHECK_TABLE'),
};
// Everything that starts with this name is deleted at the end.
if (!/^live-check-\d+$/.test(run.table)) throw new Error(`${run.table} is not a name of a live check`);

using clients = await openClients(run.region, run.role);
switch (process.argv[2]) {
  case 'prepare': {
    const tables = { source: run.table, bulkPut: `${run.table}-bulk-put` };
    const { from, to } = await prepareTable(clients.dynamoDb, tables, sleep, Date.now);
    appendFileSync(required('GITHUB_OUTPUT'), `from=${from}\nto=${to}\n`);
    break;
  }
  case 'check': {
    const needs = JSON.parse(required('NEEDS')) as Readonly<Record<string, Need>>;
    const results = Object.fromEntries(Object.entries(needs).map(([job, { result }]) => [job, result]));
    const facts = await observeFacts(clients, run);
    const usage = await observeUsage(clients, run, {
      scan: needs['scan']?.outputs['consumed-read-capacity'] ?? '0',
      shards: needs['finish']?.outputs['consumed-read-capacity'] ?? '0',
    });
    const prices = readPrices(readFileSync('docs/cost-and-limits.md', 'utf8'));
    const report = reportMarkdown(results, facts, costRows(usage, prices));
    process.stdout.write(report);
    appendFileSync(required('GITHUB_STEP_SUMMARY'), report);
    if (!hasPassed(results, facts)) process.exitCode = 1;
    break;
  }
  case 'cleanup': {
    const tables = ['', '-import', '-write', '-bulk-put'].map((suffix) => `${run.table}${suffix}`);
    // An export in progress writes objects until it has ended, so the tables are deleted first.
    const failure = await deleteTables(clients.dynamoDb, tables, sleep).catch((error: unknown) => error);
    const deleted = await deleteObjects(clients.s3, run.bucket, `${run.table}/`);
    process.stdout.write(`Deleted ${deleted} objects and versions below s3://${run.bucket}/${run.table}/\n`);
    if (failure !== undefined) throw failure;
    process.stdout.write(`Deleted the tables ${tables.join(', ')}\n`);
    break;
  }
  default:
    throw new Error('usage: main.ts prepare|check|cleanup');
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set`);
  return value;
}
