/**
 * Which program of this machine listens at an address. Separate because that is how a component of a cluster is found: by the address
 * that the cluster itself says, whatever started it.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface Address {
  /** An IPv4 address. */
  readonly host: string;
  readonly port: number;
}

/** State of a listening socket in /proc/net/tcp: https://docs.kernel.org/networking/proc_net_tcp.html */
const LISTENING = '0A';
const EVERYWHERE = ['00000000', '0'.repeat(32)];

/** Process id of who accepts connections there; throws when nobody of this machine does. */
export function listenerOf(address: Address): number {
  const sockets = inodesOf(address).map((inode) => `socket:[${inode}]`);
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const found = pids.find((pid) => openFiles(pid).some((file) => sockets.includes(file)));
  if (found !== undefined) return Number(found);
  throw new Error(
    `No program of this machine listens at ${address.host}:${String(address.port)}. Faults need a cluster whose components run here, as programs that this user may stop.`,
  );
}

function inodesOf({ host, port }: Address): readonly string[] {
  // The bytes of the address as one number of the machine, which is little-endian.
  const own = host
    .split('.')
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .toReversed()
    .join('')
    .toUpperCase();
  const number = port.toString(16).toUpperCase().padStart(4, '0');
  const wanted = [own, ...EVERYWHERE].map((place) => `${place}:${number}`);
  return ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap((table) => readFileSync(table, 'utf8').split('\n'))
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([, local = '', , state, , , , , , inode]) =>
      state === LISTENING && wanted.includes(local) && inode !== undefined ? [inode] : [],
    );
}

function openFiles(pid: string): readonly string[] {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).map((file) => readlinkSync(`${folder}/${file}`));
  } catch {
    // It ended meanwhile, or is nobody's business.
    return [];
  }
}
