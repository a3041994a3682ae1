import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Contexts, resolveText } from './expressions.ts';

const PROJECT = join(import.meta.dirname, '..', '..');

type Permissions = Readonly<Record<string, 'read' | 'write' | 'none'>>;

/** Keys of a job that calls a reusable workflow. */
export interface CallingJob {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly permissions?: Permissions;
}

interface CallableWorkflow {
  readonly on: {
    readonly workflow_call: {
      readonly inputs?: Readonly<Record<string, { readonly required?: boolean; readonly default?: unknown }>>;
      readonly outputs?: Readonly<Record<string, { readonly value: string }>>;
    };
  };
  readonly permissions?: Permissions;
  readonly jobs: Readonly<Record<string, { readonly permissions?: Permissions }>>;
}

/** A reusable workflow of this project with the values of its inputs. */
export interface CalledWorkflow {
  /** YAML of the workflow. */
  readonly workflow: string;
  /** The context `inputs` of its jobs. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Outputs of the calling job, as texts with expressions for the context `jobs` of the workflow. */
  readonly outputs: Readonly<Record<string, string>>;
}

const LEVELS = ['none', 'read', 'write'];

/**
 * Reads the workflow of this project that a job calls. Throws if GitHub would reject the call: if it lacks a required
 * input, sets an unknown one, or does not grant a permission that a job of the workflow requests.
 *
 * https://docs.github.com/actions/reference/workflows-and-actions/reusing-workflow-configurations
 *
 * @param inherited permissions of the calling workflow
 */
export function readCalledWorkflow(
  { uses = '', with: given = {}, permissions }: CallingJob,
  inherited: Permissions | undefined,
  contexts: Contexts,
): CalledWorkflow {
  const [, path] = /^[\w-]+\/dynamodb-to-s3\/(\.github\/workflows\/[\w-]+\.yml)@v\d+$/.exec(uses) ?? [];
  if (path === undefined) throw new Error(`no workflow runs for ${uses}`);
  const workflow = readFileSync(join(PROJECT, path), 'utf8');
  const { on, permissions: own, jobs } = parse(workflow) as CallableWorkflow;
  const { inputs = {}, outputs = {} } = on.workflow_call;

  const missing = Object.keys(inputs).filter((name) => inputs[name]?.required && !(name in given));
  const unknown = Object.keys(given).filter((name) => !(name in inputs));
  if (missing.length + unknown.length > 0) {
    throw new Error(`the call of ${path} lacks the inputs [${missing}] and sets the unknown inputs [${unknown}]`);
  }
  const granted = permissions ?? inherited ?? {};
  for (const [id, { permissions: requested = own ?? {} }] of Object.entries(jobs)) {
    for (const [name, level] of Object.entries(requested)) {
      const allowed = granted[name] ?? 'none';
      if (LEVELS.indexOf(level) <= LEVELS.indexOf(allowed)) continue;
      throw new Error(`the job ${id} of ${path} requests ${name}: ${level}, but is only allowed ${name}: ${allowed}`);
    }
  }
  const defaults = Object.entries(inputs).map(([name, input]) => [name, input.default ?? '']);
  const values = Object.entries(given).map(([name, value]) => [
    name,
    typeof value === 'string' ? resolveText(value, contexts) : value,
  ]);
  return {
    workflow,
    inputs: { ...Object.fromEntries(defaults), ...Object.fromEntries(values) },
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value])),
  };
}
