#!/usr/bin/env node
/**
 * `npx espalier`: hands over to cli/main.ts on the Node.js that the project installs, whichever one runs npx.
 * Plain JavaScript and separate, because an older Node.js must be able to read it.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const installed = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));
if (!existsSync(installed)) {
  console.error('The project is not installed yet: run `npm ci` in it first.');
  process.exit(1);
}
const main = fileURLToPath(new URL('../cli/main.ts', import.meta.url));
const child = spawn(installed, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(`Cannot start ${installed}: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 130));
