import type { Results } from './figure.ts';

interface Bar {
  readonly id: string;
  readonly label: string;
}

interface Section {
  readonly title: string;
  readonly bars: readonly Bar[];
}

const FORMATS = ['DYNAMODB_JSON', 'JSON', 'ION'];

function ours(compression: string): Bar[] {
  return FORMATS.map((format) => ({
    id: `mixed/action/${format}/${compression}`,
    label: `This Action, ${format}`,
  }));
}

const SHELF = '@shelf/dynamodb-parallel-scan';

const SECTIONS: readonly Section[] = [
  {
    title: 'No compression',
    bars: [
      { id: 'mixed/floor/none', label: 'Floor: pages written unparsed' },
      ...ours('none'),
      { id: 'mixed/shelf/none', label: SHELF },
      { id: 'mixed/sdk/none', label: 'AWS SDK, JSON.stringify' },
      { id: 'plain/airflow/none', label: 'Airflow operator *' },
    ],
  },
  { title: 'zstd', bars: [{ id: 'mixed/floor/zstd', label: 'Floor' }, ...ours('zstd')] },
  {
    title: 'gzip',
    bars: [{ id: 'mixed/floor/gzip', label: 'Floor' }, ...ours('gzip'), { id: 'mixed/shelf/gzip', label: SHELF }],
  },
];

const WIDTH = 760;
const LEFT = 232;
const RIGHT = 64;
const BAR = 16;
const STEP = 23;
const TOP = 58;

/**
 * Returns the chart as SVG: MB per CPU-second by client, as horizontal bars. It has its own background because GitHub
 * shows the same image in light and dark mode, and it must be readable in viewers that do not report the color scheme.
 */
export function chart(results: Results): string {
  const most = Math.max(...SECTIONS.flatMap(({ bars }) => bars.map(({ id }) => median(results, id) ?? 0)));
  const scale = (WIDTH - LEFT - RIGHT) / most;
  const parts: string[] = [];
  let y = TOP;
  for (const { title, bars } of SECTIONS) {
    const measured = bars.flatMap((bar) => {
      const value = median(results, bar.id);
      return value === undefined ? [] : [{ ...bar, value }];
    });
    if (measured.length === 0) continue;
    y += 20;
    parts.push(`<text class="section" x="20" y="${y}">${escaped(title)}</text>`);
    y += 10;
    for (const bar of measured) {
      parts.push(drawn(bar, y, scale));
      y += STEP;
    }
  }
  const reading = median(results, 'mixed/reading');
  const notes = [
    'DynamoDB items of about 700 bytes copied to S3 on one machine. CPU is user plus system time of the process.',
    '* Measured without sets and binary attributes, because it fails on them.',
    ...(reading === undefined
      ? []
      : [`Only reading the same responses, without SDK or upload: ${reading.toFixed(0)}.`]),
  ];
  const foot = notes.map(
    (note, index) => `<text class="note" x="20" y="${y + 22 + 17 * index}">${escaped(note)}</text>`,
  );
  const height = y + 22 + 17 * notes.length + 4;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    '<title>MB of DynamoDB responses copied to S3 per CPU-second, by client</title>',
    STYLE,
    `<rect class="ground" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>`,
    '<text class="title" x="20" y="34">MB copied per CPU-second</text>',
    `<text class="note" x="${WIDTH - 20}" y="34" text-anchor="end">higher is better</text>`,
    ...parts,
    ...foot,
    '</svg>',
    '',
  ].join('\n');
}

function median(results: Results, id: string): number | undefined {
  return results.get(id)?.mbPerCpuSecond.median;
}

function drawn({ id, label, value }: Bar & { readonly value: number }, y: number, scale: number): string {
  const [, client = ''] = id.split('/');
  const kind = client === 'action' ? 'ours' : client === 'floor' ? 'floor' : 'theirs';
  const width = Math.max(2, value * scale).toFixed(1);
  const base = y + BAR - 4;
  return [
    `<text x="${LEFT - 10}" y="${base}" text-anchor="end">${escaped(label)}</text>`,
    `<rect class="${kind}" x="${LEFT}" y="${y}" width="${width}" height="${BAR}" rx="2"/>`,
    `<text class="value" x="${(LEFT + Number(width) + 7).toFixed(1)}" y="${base}">${value.toFixed(value < 10 ? 1 : 0)}</text>`,
  ].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll("'", '&#39;');
}

const STYLE = `<style>
text { font: 13px -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; fill: #1f2328; }
.title { font-size: 17px; font-weight: 600; }
.section { font-weight: 600; }
.value { font-weight: 600; }
.note { font-size: 12px; fill: #59636e; }
.ground { fill: #ffffff; stroke: #d1d9e0; }
.ours { fill: #1f6feb; }
.floor { fill: #b6c2cf; }
.theirs { fill: #bc4c00; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .note { fill: #9198a1; }
  .ground { fill: #0d1117; stroke: #3d444d; }
  .ours { fill: #388bfd; }
  .floor { fill: #545d68; }
  .theirs { fill: #db6d28; }
}
</style>`;
