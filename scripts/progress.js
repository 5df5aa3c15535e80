/** Programs that take long, and a line that says how far they are: renewed on a terminal, now and then in a log. */
import { spawn } from 'node:child_process';

const logEvery = 10;

/**
 * Runs a program to its end, without input. Its output is kept, and shown only where it fails. Lines go to stderr, since
 * stdout may be a command's own.
 * @param {string} label What is being done, without a full stop.
 * @param {[program: string, ...args: string[]]} command
 * @param {{
 *   cwd?: string, env?: NodeJS.ProcessEnv, shell?: boolean,
 *   detail?: (lastLines: string[]) => string,
 * }} [options] `detail` says how far it is; it is given the end of the program's output.
 * @returns {Promise<{ ok: boolean, killed: boolean, notFound: boolean }>}
 */
export function runShown(label, [program, ...args], { detail = () => '', ...options } = {}) {
  const started = Date.now();
  const show = progressLine(label);
  return new Promise((done) => {
    let output = '';
    let finished = false;
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const seconds = () => Math.round((Date.now() - started) / 1000);
    const timer = setInterval(() => show.next(detail(lastLinesOf(output)), seconds()), 1000);
    const finish = (status, notFound = false) => {
      if (finished) return;
      finished = true;
      clearInterval(timer);
      const ok = status === 0;
      show.end(ok ? 'done' : 'failed', seconds());
      if (!ok) console.error(output.trimEnd().split('\n').slice(-30).join('\n'));
      done({ ok, killed: status === null, notFound });
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.on('error', (error) => {
      output += `${program}: ${error.message}\n`;
      finish(-1, error.code === 'ENOENT');
    });
    child.on('close', (status) => finish(status));
  });
}

function progressLine(label) {
  const { stderr } = process;
  const line = (text, seconds) => `${label}: ${[text, `${seconds} s`].filter(Boolean).join(', ')}`;
  if (!stderr.isTTY) {
    console.error(`${label} …`);
    return {
      next: (text, seconds) => seconds % logEvery === 0 && console.error(line(text, seconds)),
      end: (text, seconds) => console.error(line(text, seconds)),
    };
  }
  const renew = (text) => stderr.write(`\r\x1b[K${text.slice(0, (stderr.columns || 80) - 1)}`);
  renew(`${label} …`);
  return {
    next: (text, seconds) => renew(line(text, seconds)),
    end: (text, seconds) => renew(line(text, seconds)) && stderr.write('\n'),
  };
}

/** Programs that renew their own line separate its states by carriage returns. */
function lastLinesOf(output) {
  return output
    .slice(-4000)
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter(Boolean);
}
