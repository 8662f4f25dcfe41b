/** The adapters of the table on the laptop's AWS: through its one address, with its signatures, protocol and errors. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAws } from '../../../local/aws/aws.ts';
import { tableContract } from '../../adapters/dynamodb/table-contract.ts';

tableContract(async () => {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'laptop-'));
  const ignore = (): void => undefined;
  const aws = await openAws({ stateDirectory, port: 0, log: ignore, notice: ignore });
  return {
    endpoint: aws.account.endpoint,
    region: aws.account.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    async stop() {
      await aws.stop();
      rmSync(stateDirectory, { recursive: true, force: true });
    },
  };
});
