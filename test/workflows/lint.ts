// `npm run lint:workflows`: runs actionlint and zizmor on the workflows of the project and on the examples, zizmor on its
// Actions, and cfn-lint on the CloudFormation template. Installs them into .peers/ and then sends no further network
// requests.
import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { spawnGuarded } from '../emulators/server-process.ts';
import { installActionlint, installCfnLint, installZizmor } from '../peers/install.ts';

const PROJECT = dirname(dirname(import.meta.dirname));

const examples = globSync('examples/workflows/*.yml', { cwd: PROJECT });
const scripts = globSync(['.ci/*', 'scripts/{action,release}/*', 'examples/monitoring/*'], {
  cwd: PROJECT,
  withFileTypes: true,
})
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name));
const { actionlint, shellcheck } = await installActionlint();
const zizmor = await installZizmor();
const cfnLint = await installCfnLint();
// Offline, because the GitHub data that zizmor would request changes from day to day
const audit = ['--offline', '--no-progress', '--quiet', '--strict-collection'];

// cfn-lint cannot be run as a module.
const RUN_CFN_LINT = 'import sys; from cfnlint.runner import main; sys.exit(main())';

await check('actionlint', actionlint, [
  '-no-color',
  '-shellcheck',
  shellcheck,
  '-pyflakes',
  '',
  ...globSync('.github/workflows/*.yml', { cwd: PROJECT }),
  ...examples,
]);
await check('shellcheck', shellcheck, scripts);
await check('zizmor', zizmor, [
  ...audit,
  '--config',
  '.github/zizmor.yml',
  '--persona',
  'pedantic',
  '.github',
  ...globSync(['action.yml', '*/action.yml'], { cwd: PROJECT }),
]);
await check('zizmor, examples', zizmor, [...audit, '--config', 'test/workflows/zizmor-examples.yml', ...examples]);
await check('cfn-lint', cfnLint, ['-c', RUN_CFN_LINT, ...globSync('examples/aws/*.yaml', { cwd: PROJECT })]);

async function check(name: string, command: string, args: readonly string[]): Promise<void> {
  const code = await spawnGuarded(command, args, { show: true, cwd: PROJECT }).ended;
  process.stdout.write(`${name}: ${code === 0 ? 'clean' : `exited with code ${code}`}\n`);
  if (code !== 0) process.exitCode = 1;
}
