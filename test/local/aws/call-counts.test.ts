/** What a delivery costs can be read. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { callCounts } from '../../../local/aws/call-counts.ts';

it('counts the calls of roles by service and action, and none of people', async () => {
  const counts = callCounts();
  const call = counts.counted(async () => 'done');
  const role = {
    arn: 'arn:aws:sts::000000000000:assumed-role/deploy/x',
    role: 'arn:aws:iam::000000000000:role/deploy',
  };
  expect(await call('dynamodb', 'PutItem', {}, role)).toBe('done');
  await call('dynamodb', 'PutItem', {}, role);
  await call('states', 'ListExecutions', {}, { arn: 'arn:aws:iam::000000000000:user/local' });
  const server = createServer((request, response) => {
    void counts.path(request, response, new URL(request.url ?? '/', 'http://laptop'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await (await fetch(`http://127.0.0.1:${port}/laptop/calls`)).json()).toEqual({ 'dynamodb:PutItem': 2 });
  server.close();
});
