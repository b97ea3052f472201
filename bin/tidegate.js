#!/usr/bin/env node
// Plain JavaScript that any Node can read, so that an old one is told what to do instead of failing on syntax.
import { existsSync } from 'node:fs';
import './memory.js';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    `tidegate needs Node 22.19 or newer; this is ${process.versions.node}. Run it through npx in its folder, or install a current Node.\n`,
  );
  process.exit(2);
}

// A checkout runs its sources as they are; the published package has only the built files.
const source = new URL('../src/cli/main.ts', import.meta.url);
const { main } = await import(
  existsSync(source) ? source.href : new URL('../dist/cli/main.js', import.meta.url).href
);
process.exitCode = await main(process.argv);
