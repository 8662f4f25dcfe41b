/** Starts the inventory service. */
import { answerer } from './answer.ts';
import { identity } from './identity.ts';
import { serve } from './serve.ts';
import { createStock } from './stock.ts';

serve(answerer(identity('inventory'), createStock()), Number(process.env['PORT'] ?? 8080));
