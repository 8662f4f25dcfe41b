/**
 * A program of this machine that is made to stand still for a while, found by the port it listens on: as good as dead for whoever asks
 * it, and the same as before afterwards. Separate because a scenario must never leave it so, whatever becomes of the scenario itself.
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** State of a listening socket in /proc/net/tcp: https://docs.kernel.org/networking/proc_net_tcp.html */
const LISTENING = '0A';

/** Stops the program that listens at 127.0.0.1:`port` for so many seconds, and answers when it runs again. */
export async function standsStill(port: number, seconds: number): Promise<void> {
  const pid = String(listenerOf(port));
  // A process of its own: it wakes the program even when the tests are killed.
  const waking = spawn('sh', ['-c', 'kill -STOP "$1"; sleep "$2"; kill -CONT "$1"', 'sh', pid, String(seconds)], {
    detached: true,
    stdio: 'ignore',
  });
  await new Promise((resolve) => waking.once('exit', resolve));
}

function listenerOf(port: number): number {
  const socket = `socket:[${inodeOf(port)}]`;
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const found = pids.find((pid) => openFiles(pid).includes(socket));
  if (found === undefined) throw new Error(`Nobody of this machine listens at port ${String(port)}.`);
  return Number(found);
}

function inodeOf(port: number): string {
  const wanted = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const inode = rows.find(([, local, , state]) => local === wanted && state === LISTENING)?.[9];
  if (inode === undefined) throw new Error(`Nothing listens at 127.0.0.1:${String(port)}.`);
  return inode;
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
