import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'src/**/*.test.tsx', 'bench/*.test.ts', 'scripts/*.test.ts'],
    // What runs teach of this computer is not to come from tests, nor to go into them from the user's own runs.
    env: { ATELIER_CACHE: join(tmpdir(), `atelier-tests-${process.pid}`) },
    // Against what hangs. A software adapter that meets its shaders for the first time compiles some for minutes.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // Kernel tests share one software adapter; two workers keep two cores busy without thrashing it.
    maxWorkers: 2,
  },
});
