/** CloudWatch Logs over the log files of functions and builds, read only. Separate file per service. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Account, AwsError, nameOf, type Service } from './api.ts';
import { json } from './protocols.ts';

/** The newest lines of a group; times of single lines are not kept, so all have the file's. */
export function logs(account: Account): Service {
  const read = (group: string, stream: string | undefined) => {
    const name = nameOf(group);
    const file = join(
      account.state,
      'logs',
      group.startsWith('/aws/codebuild/') ? `codebuild-${name}-${stream}.log` : `${name}.log`,
    );
    if (!existsSync(file))
      throw new AwsError('ResourceNotFoundException', 'The specified log group or stream does not exist.');
    const timestamp = Math.round(statSync(file).mtimeMs);
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter(Boolean)
      .slice(-10_000)
      .map((message) => ({ timestamp, message, logStreamName: stream ?? name }));
  };
  return {
    name: 'logs',
    protocol: json,
    actions: {
      GetLogEvents: ({ logGroupName, logStreamName }: { logGroupName: string; logStreamName: string }) => ({
        events: read(logGroupName, logStreamName),
      }),
      FilterLogEvents: ({
        logGroupName,
        logStreamNames: [stream] = [],
        filterPattern = '',
      }: {
        logGroupName: string;
        logStreamNames?: string[];
        filterPattern?: string;
      }) => ({
        events: read(logGroupName, stream).filter(({ message }) =>
          message.includes(filterPattern.replace(/^"|"$/g, '')),
        ),
      }),
    },
  };
}
