/**
 * Runs before a command of package.json: `node scripts/prepare.cjs page|studio|all` checks Node, then installs the
 * packages that the command needs. CommonJS, no `node:` names and old syntax, so that old Nodes reach the message.
 */
const numbers = process.versions.node.split('.').map(Number);
const major = numbers[0];
const minor = numbers[1];

/** What Vite and its like ask for. */
if ((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22) {
  import('./packages.js').then((packages) => packages.installPackages(process.argv[2]));
} else {
  console.error(
    `Atelier needs Node 20.19 or newer, or 22.12 or newer (not 21); this is Node ${process.versions.node}.\n` +
      'Install a newer Node, for example from https://nodejs.org, and run the command again.',
  );
  process.exit(1);
}
