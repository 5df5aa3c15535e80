import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'src/**/*.test.tsx', 'bench/*.test.ts'],
    // Against what hangs. A software adapter that meets its shaders for the first time compiles some for minutes.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // Kernel tests share one software adapter; two workers keep two cores busy without thrashing it.
    maxWorkers: 2,
  },
});
