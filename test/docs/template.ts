import { type CollectionTag, parse, type ScalarTag } from 'yaml';

/** A CloudFormation template, with intrinsic functions in their long form: `{"Fn::Sub": "${TableName}/*"}`. */
export interface Template {
  readonly Parameters: Readonly<Record<string, TemplateParameter>>;
  readonly Conditions: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Outputs: Readonly<Record<string, { readonly Condition?: string; readonly Value: unknown }>>;
}

interface TemplateResource {
  readonly Condition?: string;
  readonly DeletionPolicy?: string;
  readonly Properties: unknown;
}

interface TemplateParameter {
  readonly Default?: string | number;
  readonly AllowedPattern?: string;
}

/** What CloudFormation knows about the stack: parameters, pseudo parameters such as AWS::Region, and names of resources. */
export type Names = Readonly<Record<string, string>>;

/** Intrinsic functions that examples/aws/backup-role.yaml uses. */
const FUNCTIONS = ['Equals', 'GetAtt', 'If', 'Not', 'Or', 'Ref', 'Select', 'Split', 'Sub'] as const;

const NO_VALUE = Symbol('AWS::NoValue');

/** Parses a template in YAML. */
export function parseTemplate(text: string): Template {
  const customTags = FUNCTIONS.flatMap((name): (ScalarTag | CollectionTag)[] => {
    const key = name === 'Ref' ? name : `Fn::${name}`;
    return [
      { tag: `!${name}`, resolve: (scalar: string) => ({ [key]: scalar }) },
      { tag: `!${name}`, collection: 'seq', resolve: (list) => ({ [key]: list.toJSON() }) },
    ];
  });
  return parse(text, { customTags }) as Template;
}

/**
 * Returns the properties of the resources that CloudFormation would create.
 *
 * @param names values of parameters without a default, and of everything that the template refers to
 */
export function resolveResources(template: Template, names: Names): Readonly<Record<string, unknown>> {
  const known = namesOf(template, names);
  const created = Object.entries(template.Resources).filter(
    ([, { Condition }]) => Condition === undefined || isTrue({ Condition }, template, known),
  );
  return Object.fromEntries(created.map(([name, { Properties }]) => [name, resolve(Properties, template, known)]));
}

function namesOf({ Parameters }: Template, names: Names): Names {
  const defaults = Object.entries(Parameters).flatMap(([name, { Default }]) =>
    Default === undefined ? [] : [[name, String(Default)] as const],
  );
  for (const [name, { AllowedPattern }] of Object.entries(Parameters)) {
    const value = names[name];
    if (AllowedPattern === undefined || value === undefined) continue;
    if (!new RegExp(`^(?:${AllowedPattern})$`).test(value)) throw new Error(`${name} does not allow ${value}`);
  }
  return { ...Object.fromEntries(defaults), ...names };
}

function isTrue(condition: unknown, template: Template, names: Names): boolean {
  const [[key, operand] = []] = Object.entries(condition as object) as [string, unknown][];
  if (key === 'Condition') return isTrue(template.Conditions[String(operand)], template, names);
  const operands = operand as readonly unknown[];
  if (key === 'Fn::Not') return !isTrue(operands[0], template, names);
  if (key === 'Fn::Or') return operands.some((each) => isTrue(each, template, names));
  if (key !== 'Fn::Equals') throw new Error(`unknown condition ${key}`);
  const [left, right] = operands.map((each) => resolve(each, template, names));
  return String(left) === String(right);
}

/** Evaluates the intrinsic functions in a value. */
function resolve(value: unknown, template: Template, names: Names): unknown {
  if (Array.isArray(value)) {
    return value.map((each) => resolve(each, template, names)).filter((each) => each !== NO_VALUE);
  }
  if (typeof value !== 'object' || value === null) return value;
  const [[key = '', operand] = []] = Object.entries(value);
  switch (key) {
    case 'Ref':
      return operand === 'AWS::NoValue' ? NO_VALUE : nameOf(operand as string, names);
    case 'Fn::GetAtt':
      return nameOf(operand as string, names);
    case 'Fn::Sub':
      return (operand as string).replace(/\$\{([^}]+)\}/g, (_, name: string) => nameOf(name, names));
    case 'Fn::Split': {
      const [separator, text] = operand as [string, unknown];
      return String(resolve(text, template, names)).split(separator);
    }
    case 'Fn::Select': {
      const [index, list] = operand as [number, unknown];
      return (resolve(list, template, names) as readonly unknown[])[index];
    }
    case 'Fn::If': {
      const [condition, yes, no] = operand as [string, unknown, unknown];
      return resolve(isTrue({ Condition: condition }, template, names) ? yes : no, template, names);
    }
    default:
      return Object.fromEntries(
        Object.entries(value)
          .map(([name, each]) => [name, resolve(each, template, names)] as const)
          .filter(([, each]) => each !== NO_VALUE),
      );
  }
}

function nameOf(name: string, names: Names): string {
  const value = names[name];
  if (value === undefined) throw new Error(`no value for ${name}`);
  return value;
}
