import { dirname, join } from 'node:path';
import { inputVariables } from '../fixtures/action-inputs.ts';

const PROJECT = dirname(dirname(import.meta.dirname));

/** Definition of a step in a workflow. */
export interface StepOptions {
  readonly inputs?: Readonly<Record<string, string>>;
  /**
   * Additional variables, such as credentials, endpoints, or `GITHUB_RUN_ATTEMPT` of a re-run. They override all
   * others.
   */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: action.yml of the project. */
  readonly actionFile?: string;
  readonly matrix?: Readonly<Record<string, unknown>>;
  readonly jobIndex?: number;
  /** Number of jobs of the matrix that run at the same time. Default: 1, as without a matrix. */
  readonly maxParallel?: number;
  /** State that the step saved. Its `post` receives it as STATE_*, like on a runner. */
  readonly state?: Readonly<Record<string, string>>;
}

/**
 * Returns the environment of a step, built like on a runner. `folderEnv` contains the paths of the files and folders of
 * the step.
 *
 * Intentional differences from a runner: HOME is an empty folder, so that ~/.aws of the developer is not read, and the
 * instance metadata service is disabled, so that missing credentials fail immediately without a network request.
 */
export function stepEnvironment(
  options: StepOptions,
  folderEnv: Readonly<Record<string, string>>,
): Record<string, string> {
  const inherited: Record<string, string> = {};
  // NODE_V8_COVERAGE includes the step in coverage runs. NODE_COMPILE_CACHE saves a third of the time of a short step.
  // Windows requires the last two variables to start a process.
  for (const name of ['PATH', 'NODE_V8_COVERAGE', 'NODE_COMPILE_CACHE', 'SystemRoot', 'TEMP']) {
    const value = process.env[name];
    if (value !== undefined) {
      inherited[name] = value;
    }
  }
  const { matrix = null, jobIndex = 0, maxParallel = 1 } = options;
  const job = { matrix, jobIndex, maxParallel };
  const state = Object.entries(options.state ?? {}).map(([name, value]) => [`STATE_${name}`, value]);
  return {
    ...inherited,
    ...STEP_ENVIRONMENT,
    ...folderEnv,
    AWS_EC2_METADATA_DISABLED: 'true',
    ...inputVariables(options.actionFile ?? join(PROJECT, 'action.yml'), options.inputs ?? {}, job),
    ...options.env,
    // Last, as on a runner.
    ...Object.fromEntries(state),
  };
}

/** Variables of a job on a GitHub-hosted runner, for a fictional repository. */
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
