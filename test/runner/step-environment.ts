import { dirname, join } from 'node:path';
import { inputVariables } from '../fixtures/action-inputs.ts';

const PROJECT = dirname(dirname(import.meta.dirname));

/** What a workflow says about a step. */
export interface StepOptions {
  readonly inputs?: Readonly<Record<string, string>>;
  /** What the job adds to the environment: credentials, endpoints, `GITHUB_RUN_ATTEMPT` of a re-run. Overrides all. */
  readonly env?: Readonly<Record<string, string>>;
  /** action.yml of the project unless set. */
  readonly actionFile?: string;
  readonly matrix?: Readonly<Record<string, unknown>>;
  readonly jobIndex?: number;
  /** What the step saved, for its `post`: passed as STATE_*, as the runner does. */
  readonly state?: Readonly<Record<string, string>>;
}

/**
 * The environment of one step, built from scratch as a runner builds it; `folderEnv` are the variables that name the
 * step's files and folders.
 *
 * Different from a runner, on purpose: HOME is an empty folder so that no ~/.aws of the developer is read, and the
 * instance metadata service is switched off so that a missing credential fails at once and never leaves the machine.
 */
export function stepEnvironment(
  options: StepOptions,
  folderEnv: Readonly<Record<string, string>>,
): Record<string, string> {
  const inherited: Record<string, string> = {};
  // A coverage run sees into the step by NODE_V8_COVERAGE, NODE_COMPILE_CACHE saves a third of the time of a short step,
  // and Windows needs the last two to start a process.
  for (const name of ['PATH', 'NODE_V8_COVERAGE', 'NODE_COMPILE_CACHE', 'SystemRoot', 'TEMP']) {
    const value = process.env[name];
    if (value !== undefined) {
      inherited[name] = value;
    }
  }
  const job = { matrix: options.matrix ?? null, jobIndex: options.jobIndex ?? 0 };
  const state = Object.entries(options.state ?? {}).map(([name, value]) => [`STATE_${name}`, value]);
  return {
    ...inherited,
    ...STEP_ENVIRONMENT,
    ...folderEnv,
    AWS_EC2_METADATA_DISABLED: 'true',
    ...inputVariables(options.actionFile ?? join(PROJECT, 'action.yml'), options.inputs ?? {}, job),
    ...Object.fromEntries(state),
    ...options.env,
  };
}

/** What a hosted runner says about the job, in the middle of a made-up repository. */
const STEP_ENVIRONMENT: Readonly<Record<string, string>> = {
  CI: 'true',
  GITHUB_ACTIONS: 'true',
  GITHUB_ACTION: 'backup',
  GITHUB_ACTOR: 'octocat',
  GITHUB_API_URL: 'https://api.github.com',
  GITHUB_EVENT_NAME: 'schedule',
  GITHUB_GRAPHQL_URL: 'https://api.github.com/graphql',
  GITHUB_JOB: 'nightly',
  GITHUB_REF: 'refs/heads/main',
  GITHUB_REF_NAME: 'main',
  GITHUB_REF_TYPE: 'branch',
  GITHUB_REPOSITORY: 'octo-org/shop',
  GITHUB_REPOSITORY_ID: '123456789',
  GITHUB_REPOSITORY_OWNER: 'octo-org',
  GITHUB_REPOSITORY_OWNER_ID: '987654321',
  GITHUB_RETENTION_DAYS: '90',
  GITHUB_RUN_ATTEMPT: '1',
  GITHUB_RUN_ID: '1658821493',
  GITHUB_RUN_NUMBER: '42',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_SHA: 'ffac537e6cbbf934b08745a378932722df287a53',
  GITHUB_WORKFLOW: 'Backup',
  RUNNER_ARCH: 'X64',
  RUNNER_ENVIRONMENT: 'github-hosted',
  RUNNER_NAME: 'GitHub Actions 2',
  RUNNER_OS: 'Linux',
};
