import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // How fast a condition comes true says how busy the machine is, and nothing about the product.
    expect: { poll: { timeout: 10_000 } },
    // Commands that run within a test print as they do into a file, also where the surroundings ask for colours, as CI does.
    env: { NO_COLOR: '1' },
    pool: 'forks',
    // Most of a test is waiting: for deadlines, for processes, for the other side.
    maxWorkers: 3,
  },
});
