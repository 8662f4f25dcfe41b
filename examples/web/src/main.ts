/** Starts the web service. */
import { answerer } from './answer.ts';
import { call } from './called-service.ts';
import { identity } from './identity.ts';
import { serve } from './serve.ts';

const orders = process.env['ORDERS_URL'] ?? 'http://orders';
const inventory = process.env['INVENTORY_URL'] ?? 'http://inventory';

serve(
  answerer(identity('web'), {
    orders: (passed) => call(orders, '/', passed),
    stock: (passed) => call(inventory, '/stock', passed),
  }),
  Number(process.env['PORT'] ?? 8080),
);
