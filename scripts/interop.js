// `npm run test:interop`: interop/test_interop.py with the Python that python.js prepares.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './packages.js';
import { preparePython } from './python.js';

const { python, problem } = await preparePython();
if (!python) {
  console.error(`The interop check did not run. ${problem}`);
  process.exit(1);
}
const { status } = spawnSync(python, [join('interop', 'test_interop.py'), ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', TOKENIZERS_PARALLELISM: 'false', HF_HUB_OFFLINE: '1' },
});
process.exit(status ?? 1);
