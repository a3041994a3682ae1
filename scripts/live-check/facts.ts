// Compares what AWS does with what the Action and its test servers assume. All functions are pure.

/** An assumption about AWS. */
export interface Fact {
  readonly name: string;
  readonly expected: string;
  /** What AWS did; undefined if the run could not observe it */
  readonly seen: string | undefined;
}

export type Comparison = 'equal' | 'different' | 'not seen';

/** Compares what AWS did with the assumption. */
export function compareFact({ expected, seen }: Fact): Comparison {
  if (seen === undefined) return 'not seen';
  return seen === expected ? 'equal' : 'different';
}

/** `__type` of the error responses to an invalid request and to one that the role is not allowed to send */
export interface ErrorTypes {
  readonly validation: string | undefined;
  readonly accessDenied: string | undefined;
}

/** Namespaces of error types that DynamoDB shares with other services. */
export function errorTypeFacts({ validation, accessDenied }: ErrorTypes): readonly Fact[] {
  const seen = (type: string | undefined) => type?.replace(/^com\.amazon\.coral\.\w+#/, 'com.amazon.coral.*#');
  return [
    {
      name: 'Type of a ValidationException',
      expected: 'com.amazon.coral.*#ValidationException',
      seen: seen(validation),
    },
    {
      name: 'Type of an AccessDeniedException',
      expected: 'com.amazon.coral.*#AccessDeniedException',
      seen: seen(accessDenied),
    },
  ];
}

/** An object of an export, with its key relative to the folder of the export. */
export interface ExportedObject {
  readonly name: string;
  readonly lastModified: Date;
}

/** Order in which DynamoDB writes the objects of an export. S3 reports times in seconds, so equal times are in order. */
export function writeOrderFact(objects: readonly ExportedObject[]): Fact {
  const groups = ['_started', 'data', 'manifest-files', 'manifest-summary'].map((name) => {
    const times = objects.filter((each) => each.name.startsWith(name)).map((each) => each.lastModified.getTime());
    return { name, first: Math.min(...times), last: Math.max(...times), isComplete: times.length > 0 };
  });
  const [{ name: first } = { name: '' }] = groups;
  const inOrder = groups.slice(1).reduce((text, group, index) => {
    const before = groups[index];
    return `${text}${before && before.last <= group.first ? ', ' : ', before that '}${group.name}`;
  }, first);
  return {
    name: 'Order in which an export writes its objects',
    expected: '_started, data, manifest-files, manifest-summary',
    seen: groups.every(({ isComplete }) => isComplete) ? inOrder : undefined,
  };
}

/** Member of manifest-summary.json of an export whose request contains `ExportType: FULL_EXPORT`. */
export function exportTypeFact(summary: string | undefined): Fact {
  return {
    name: 'exportType in manifest-summary.json if the request contains FULL_EXPORT',
    expected: '"FULL_EXPORT"',
    seen: summary === undefined ? undefined : (JSON.stringify(parse(summary)?.['exportType']) ?? 'absent'),
  };
}

/**
 * Lines of an incremental export with `NEW_IMAGE`, in DYNAMODB_JSON.
 *
 * @param lines undefined if there is no such export
 */
export function newImageFacts(lines: readonly string[] | undefined): readonly Fact[] {
  const parsed = lines?.map((line) => parse(line));
  const membersOf = (pk: string) => {
    if (parsed === undefined) return undefined;
    const line = parsed.find((each) => keyOf(each) === pk);
    return line === undefined ? 'no line' : Object.keys(line).join(', ');
  };
  const times = parsed?.map((line) => line?.['Metadata'] as Record<string, unknown> | undefined);
  const [time] = times?.map((metadata) => metadata?.['WriteTimestampMicros']) ?? [];
  const incremental = 'in an incremental export with NEW_IMAGE';
  return [
    { name: `Deleted item ${incremental}`, expected: 'Metadata, Keys', seen: membersOf('deleted') },
    { name: `New item ${incremental}`, expected: 'Metadata, Keys, NewImage', seen: membersOf('inserted') },
    { name: `Changed item ${incremental}`, expected: 'Metadata, Keys, NewImage', seen: membersOf('updated') },
    { name: `Item written and deleted ${incremental}`, expected: 'no line', seen: membersOf('transient') },
    {
      name: 'WriteTimestampMicros in an incremental export',
      expected: '{"N": digits}',
      seen: time === undefined ? undefined : JSON.stringify(time).replace(/^\{"N":"\d+"\}$/, '{"N": digits}'),
    },
  ];
}

/** Values of the item `types` in an export in ION. */
const ION_VALUES: readonly (readonly [attribute: string, what: string, expected: string])[] = [
  ['nothing', 'NULL', 'null'],
  ['hundred', 'Number 100', '1d2'],
  ['odd', 'Number 103', '103.'],
  ['fraction', 'Number 1.5', '1.5'],
  ['micro', 'Number 0.000001', '0.000001'],
  ['tiny', 'Number 0.0000001', '1d-7'],
];

/**
 * Text of values in an export in ION.
 *
 * @param lines undefined if there is no such export
 */
export function ionFacts(lines: readonly string[] | undefined): readonly Fact[] {
  const line = lines?.find((each) => /\bpk:"types"/.test(each));
  return ION_VALUES.map(([attribute, what, expected]) => ({
    name: `${what} in ION`,
    expected,
    seen: line && new RegExp(`[{,]'?${attribute}'?:([^,}]+)`).exec(line)?.[1],
  }));
}

/**
 * Start of the lines of an incremental export in ION.
 *
 * @param lines undefined if there is no such export
 */
export function incrementalIonFact(lines: readonly string[] | undefined): Fact {
  const starts = new Set(lines?.map((line) => /^\$ion_1_0 ?\{'?\w+'?:\{/.exec(line)?.[0] ?? 'another form'));
  return {
    name: 'Start of a line of an incremental export in ION',
    expected: '$ion_1_0 {Record:{',
    seen: starts.size === 0 ? undefined : [...starts].join(' or '),
  };
}

/** Whether a policy can limit `dynamodb:ListExports` to a table. */
export function listExportsFact(outcome: 'allowed' | 'denied' | undefined): Fact {
  return { name: 'ListExports of a table, allowed only for the ARN of this table', expected: 'denied', seen: outcome };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function keyOf(line: Record<string, unknown> | undefined): string | undefined {
  return (line?.['Keys'] as { readonly pk?: { readonly S?: string } } | undefined)?.pk?.S;
}
