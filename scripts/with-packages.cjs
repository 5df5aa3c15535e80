/**
 * `node scripts/with-packages.cjs page|studio|all PROGRAM …` checks Node, installs the packages that are missing, then
 * runs the program, a script, in this same process: without npx or a shell, which differ between systems. CommonJS, no
 * `node:` names and old syntax: an old Node must get as far as the message.
 */
const numbers = process.versions.node.split('.').map(Number);
const major = numbers[0];
const minor = numbers[1];

/** What Vite and its like ask for. */
if ((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22) {
  const level = process.argv[2];
  const program = process.argv[3];
  process.argv.splice(1, 3, program);
  import('./packages.js').then((packages) => packages.installPackages(level)).then(() => import(`../${program}`));
} else {
  console.error(
    `Atelier needs Node 20.19 or newer, or 22.12 or newer (not 21); this is Node ${process.versions.node}.\n` +
      'Install a newer Node, for example from https://nodejs.org, and run the command again.',
  );
  process.exit(1);
}
