/** Parses how a service is reached and asked whether it is well. */
import * as v from 'valibot';
import { PROTOCOLS } from '../../domain/service/reach.ts';
import { allowed, list, named, oneOf, said, table, text, whole } from '../values.ts';

const path = text(/^\/[\w./~%-]{0,255}$/, 'a path such as /health');
const port = whole(1_024, 65_535);
const protocol = oneOf(PROTOCOLS);

/** Kubernetes' rule for names of ports; `http` is the main one's. */
const portName = v.pipe(
  text(
    /^(?!.*--)[a-z]([-a-z0-9]{0,13}[a-z0-9])?$/,
    '1 to 15 of a-z, 0-9 and single "-", beginning with a letter and not ending with "-"',
  ),
  v.check((value) => value !== 'http', 'the name http belongs to the key port; choose another'),
);

const furtherPort = v.union(
  [
    v.pipe(
      port,
      v.transform((number) => ({ port: number, protocol: 'http' as const })),
    ),
    table({ port, protocol: v.optional(said('What is spoken there.', protocol), 'http') }),
  ],
  allowed('a port from 1024 to 65535, or a mapping with the keys port, protocol'),
);

const check = table({
  path: said('What is asked for.', text(/^\/[\w./~%?&=+,:@-]{0,500}$/, 'a path such as /orders?state=open')),
  status: v.optional(said('The status that must come.', whole(200, 599)), 200),
  contains: v.exactOptional(
    said('Text that the answer must hold.', text(/^[^\p{Cc}]{1,200}$/u, '1 to 200 characters on one line')),
  ),
});

export const reach = {
  routes: v.exactOptional(
    said(
      '`none`: no way in from outside, only others in the cluster call it. Without it: one host name.',
      oneOf(['none']),
    ),
  ),
  protocol: v.exactOptional(
    said('What the service speaks; without it http. A tcp service has no route from outside.', protocol),
  ),
  port: v.optional(said('Port that the process listens on; it stands in the variable PORT too.', port), 8_080),
  ports: v.exactOptional(
    said(
      'Further ports by name; others in the cluster reach them under the name of the service by the same number.',
      named(portName, furtherPort, { most: 10, what: 'a port' }),
    ),
  ),
  health: v.optional(said('Path that answers 200 when the service runs (http only).', path), '/health'),
  readiness: v.exactOptional(
    said('Path that answers 200 while requests may come; without it the path of health (http only).', path),
  ),
  checks: v.exactOptional(
    said(
      'Requests that must be answered through the route before a version is announced (http only).',
      v.pipe(list(check), v.maxLength(20, allowed('at most 20 checks'))),
    ),
  ),
  selfCheck: v.exactOptional(
    said(
      'Path on which the service answers whether it really works, asked at deliveries and changes of configuration.',
      path,
    ),
  ),
};
