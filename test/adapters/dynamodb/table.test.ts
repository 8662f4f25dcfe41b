/** The adapters of the table on dynalite, which the laptop's DynamoDB is made of. */
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';
import { tableContract } from './table-contract.ts';

tableContract(async () => {
  const server = dynalite({ path: '', createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    stop: () => new Promise((resolve) => void server.close(() => resolve())),
  };
});
