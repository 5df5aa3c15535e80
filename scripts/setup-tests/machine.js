/** A machine to set up: a folder with the project's scripts, and a PATH that holds nothing but stand-ins. */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const stubs = fileURLToPath(new URL('./stubs', import.meta.url));
const { scripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));

/** A package of each kind that package-lock.json tells apart. */
const lock = {
  packages: {
    '': {},
    'node_modules/react': { version: '19.0.0' },
    'node_modules/vite': { version: '8.0.0' },
    'node_modules/onnxruntime-web': { resolved: 'scripts/empty-package', link: true },
    'node_modules/of-another-system': { version: '1.0.0', optional: true },
    'node_modules/tsx': { version: '4.0.0', peer: true },
    'node_modules/typescript': { version: '7.0.0', devOptional: true },
    'node_modules/@biomejs/biome': { version: '2.0.0', dev: true },
    'node_modules/@playwright/test': { version: '1.0.0', dev: true },
    'node_modules/vitest': { version: '4.0.0', dev: true },
  },
};

/**
 * @param {{ programs?: readonly string[] }} [options] Programs in PATH beside Node and npm, of the folder `stubs`. How
 *   each behaves is said by `env` of a run: STUB_NPM, STUB_APT, STUB_PLAYWRIGHT, STUB_PYTHON, STUB_VITE.
 */
export function makeMachine({ programs = [] } = {}) {
  // Blanks and letters beyond ASCII are part of every test.
  const folder = mkdtempSync(join(tmpdir(), 'setup 試し é '));
  const [project, bin, home] = ['project', 'bin', 'home'].map((name) => join(folder, name));
  const [log, cache] = [join(folder, 'calls.log'), join(folder, 'browsers')];
  const drivers = join(folder, 'share', 'vulkan', 'icd.d');
  for (const each of [project, bin, home, drivers]) mkdirSync(each, { recursive: true });
  const requirements = ['', '-adapters', '-mlx'].map((end) => `interop/requirements${end}.txt`);
  for (const part of ['scripts', 'package.json', ...requirements]) {
    cpSync(join(repository, part), join(project, part), { recursive: true });
  }
  writeFileSync(log, '');
  writeFileSync(join(drivers, 'lvp_icd.json'), '{}');
  symlinkSync(process.execPath, join(bin, 'node'));

  const machine = {
    project,
    bin,
    cache,
    drivers,
    addProgram: (name, stub = name) => symlinkSync(join(stubs, `${stub}.js`), join(bin, name)),
    removeProgram: (name) => rmSync(join(bin, name)),
    writeLock: (change = {}) =>
      writeFileSync(join(project, 'package-lock.json'), JSON.stringify({ packages: { ...lock.packages, ...change } })),
    /** Everything that the stand-ins were called with since the last time. */
    calls() {
      const lines = readFileSync(log, 'utf8').split('\n').filter(Boolean);
      writeFileSync(log, '');
      return lines;
    },
    /** What `npm run NAME` runs, to its end. */
    run(name, options = {}) {
      const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', withArguments(name, options)], {
        cwd: project,
        encoding: 'utf8',
        timeout: 60_000,
        env: environment(name, options),
      });
      return { status, stdout, stderr, lastLine: stdout.trimEnd().split('\n').at(-1) };
    },
    /** What `npm run NAME` runs, until its output holds a text; `end` ends it. */
    async runUntil(name, text, options = {}) {
      const child = spawn('/bin/sh', ['-c', withArguments(name, options)], {
        cwd: project,
        detached: true,
        stdio: ['ignore', 'pipe', 'inherit'],
        env: environment(name, options),
      });
      let output = '';
      await new Promise((done, failed) => {
        child.stdout.setEncoding('utf8').on('data', (more) => {
          output += more;
          if (output.includes(text)) done();
        });
        child.on('close', () => failed(new Error(`ended before "${text}": ${output}`)));
      });
      return { output, end: () => process.kill(-child.pid) };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  for (const name of ['npm', ...programs]) machine.addProgram(name);
  machine.writeLock();
  return machine;

  function environment(name, { env = {}, user = 1000, platform = 'linux', node = process.versions.node }) {
    const preload = [
      `process.getuid=()=>${user}`,
      `Object.defineProperty(process,'platform',{value:'${platform}'})`,
      `Object.defineProperty(process.versions,'node',{value:'${node}'})`,
    ].join(';');
    return {
      PATH: bin,
      HOME: home,
      PLAYWRIGHT_BROWSERS_PATH: cache,
      XDG_DATA_DIRS: join(folder, 'share'),
      npm_lifecycle_event: name,
      STUB_LOG: log,
      STUB_BIN: bin,
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(preload)}`,
      ...env,
    };
  }
}

const withArguments = (name, { args = [] }) => [scripts[name], ...args].join(' ');
