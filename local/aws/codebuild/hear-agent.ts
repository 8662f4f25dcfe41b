/**
 * Hears the reports of a build's process until it is done. Separate because their order is not that of the events: a process that has
 * ended may still have reports on the way.
 */
import type { ChildProcess } from 'node:child_process';
import { AwsError } from '../api.ts';
import type { AgentReport } from './agent.ts';

/** The report with which a build ends. */
export type Done = Extract<AgentReport, { kind: 'done' }>;

/**
 * Answers the last report; throws when the process ended without one. That is known only at `close`: `exit` came before the reports were
 * read in 2 of 300 processes of a busy machine (https://nodejs.org/api/child_process.html#event-close).
 */
export function hearAgent(
  agent: Pick<ChildProcess, 'on' | 'once'>,
  heard: (report: Exclude<AgentReport, Done>) => void,
): Promise<Done> {
  return new Promise((resolve, reject) => {
    agent.once('error', reject);
    agent.once('close', () => reject(new AwsError('BUILD_CONTAINER_UNABLE_TO_RUN', 'The process of the build ended.')));
    agent.on('message', (message) => {
      const report = message as AgentReport;
      if (report.kind === 'done') resolve(report);
      else heard(report);
    });
  });
}
