/**
 * The state directory of one laptop: who runs on it, and the ports that stay the same over restarts. Separate because both must be
 * settled before anything opens a file in it.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** Addresses that people keep: in clones, kubeconfigs and bookmarks. */
export interface Ports {
  readonly aws: number;
  readonly kubernetes: number;
  readonly gateway: number;
}

/** Takes the directory for this process; throws when another one runs on it. Answers how to give it back. */
export function lock(directory: string): () => void {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'laptop.lock');
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const pid = Number(readFileSync(path, 'utf8'));
      if (isRunning(pid)) {
        const what = `Process ${pid} already runs on ${directory}. Stop it first (Ctrl-C there, or: kill ${pid}), or give another --state directory.`;
        throw new Error(what, { cause: error });
      }
      rmSync(path, { force: true }); // It was killed: the lock is nobody's.
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The ports of the last run as far as they are still free, else others. */
export async function choosePorts(directory: string, say: (line: string) => void): Promise<Ports> {
  const path = join(directory, 'ports.json');
  let before: Partial<Ports> = {};
  try {
    before = JSON.parse(readFileSync(path, 'utf8')) as Ports;
  } catch {
    // The first run here.
  }
  const taken: number[] = [];
  const choose = async (name: keyof Ports): Promise<number> => {
    const wanted = before[name];
    let port = await freePort(wanted ?? 0);
    if (port === undefined)
      say(`Port ${wanted} of the ${name} address is taken by another program; this run uses another one.`);
    while (port === undefined || taken.includes(port)) port = await freePort(0);
    taken.push(port);
    return port;
  };
  const ports = { aws: await choose('aws'), kubernetes: await choose('kubernetes'), gateway: await choose('gateway') };
  writeFileSync(path, JSON.stringify(ports));
  return ports;
}

/** This port, or with 0 any, when nobody listens there. */
function freePort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}
