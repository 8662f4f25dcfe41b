/** Starts the inventory service. */
import { answerer } from './answer.ts';
import { call } from './called-service.ts';
import { identity } from './identity.ts';
import { serve } from './serve.ts';
import { createStock } from './stock.ts';

const orders = process.env['ORDERS_URL'] ?? 'http://orders';

serve(
  answerer(identity('inventory'), createStock(), (passed) => call(orders, '/orders', passed)),
  Number(process.env['PORT'] ?? 8080),
);
