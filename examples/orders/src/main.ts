/** Starts the orders service. */
import { answerer } from './answer.ts';
import { call } from './called-service.ts';
import { configuration } from './configuration.ts';
import { identity } from './identity.ts';
import { serve } from './serve.ts';

const inventory = process.env['INVENTORY_URL'] ?? 'http://inventory';

serve(
  answerer(identity('orders'), (path, passed, body) => call(inventory, path, passed, body), {
    configuration: configuration(process.env['ESPALIER_CONFIGURATION']),
    receiptKey: process.env['RECEIPT_KEY'] ?? 'for a developer’s machine',
  }),
  Number(process.env['PORT'] ?? 8080),
);
