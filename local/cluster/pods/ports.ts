/**
 * Free ports for containers. Separate because they come from below the range that the system uses for outgoing connections: a port
 * asked from the system could be taken by one before the container listens.
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

const range = { first: 18_000, last: 32_000 };
const taken = new Set<number>();

/** A port that nobody listens on; it stays ours until it is given back. */
export async function takePort(): Promise<number> {
  for (;;) {
    const port = randomInt(range.first, range.last);
    if (taken.has(port)) continue;
    taken.add(port);
    if (await isFree(port)) return port;
    taken.delete(port);
  }
}

/** Gives ports back. */
export function returnPorts(ports: Iterable<number>): void {
  for (const port of ports) taken.delete(port);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port);
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return true;
  } catch {
    return false;
  }
}
