/** Starts the web service. */
import { answerer } from './answer.ts';
import { call } from './called-service.ts';
import { identity } from './identity.ts';
import { serve } from './serve.ts';

const orders = process.env['ORDERS_URL'] ?? 'http://orders';

serve(
  answerer(identity('web'), () => call(orders, '/')),
  Number(process.env['PORT'] ?? 8080),
);
