// Logs the texts in the variable TEXTS with Log, in a separate process. log.test.ts parses the output as a runner does.

import { CopyError } from '../../src/errors.ts';
import { Log } from '../../src/github/log.ts';

const texts = JSON.parse(process.env['TEXTS'] ?? '[]') as readonly string[];
const log = new Log(process.env);
for (const text of texts) {
  log.info(text);
  log.notice(text);
  log.warning(text);
  log.failure(new CopyError('NETWORK', text, `Remedy ${text}`));
  await log.group(text, async () => log.info('inside'));
}
