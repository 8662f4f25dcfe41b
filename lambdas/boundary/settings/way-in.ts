/**
 * Settings of the way in to the environments of one kind: address, certificate and who may reach it.
 * Separate because these keys depend on each other and on nothing else.
 */
import * as v from 'valibot';
import { ACCESSES } from '../../contracts/kinds.ts';
import { allowed, dnsLabel, oneOf, table, text } from '../values.ts';

const domain = text(
  /^(?=.{1,180}$)([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/,
  'a domain such as dev.example.com; services become <service>-<environment>.dev.example.com',
);

const httpsUrl = text(/^https:\/\/[^\s/]+(\/\S*)?$/, 'an https:// address');

/** Signing in before anything is reached; the client's secret is a reference, never a value. */
const oidc = table({
  issuer: httpsUrl,
  authorizationEndpoint: httpsUrl,
  tokenEndpoint: httpsUrl,
  userInfoEndpoint: httpsUrl,
  clientId: text(/^\S{1,255}$/, 'the client id that the identity provider gave'),
  clientSecret: text(
    /^arn:[^:\s]+:secretsmanager:\S+$/,
    'the ARN of a Secrets Manager secret that holds the client secret',
  ),
});

/** A Gateway that is there already; without this block Espalier runs one. */
const gateway = table({
  namespace: dnsLabel(63),
  name: dnsLabel(63),
  /** Whatever is none of those that are known has the settle time of the kind. */
  controller: v.exactOptional(
    text(
      /^[a-z0-9.-]{1,253}\/[A-Za-z0-9/._~-]{1,64}$/,
      'the controllerName of its GatewayClass, such as eks.amazonaws.com/gateway-alb',
    ),
  ),
});

/** The way in of one kind, all defaults filled in. */
export const wayIn = v.pipe(
  table({
    domain: v.exactOptional(domain),
    hostedZone: v.exactOptional(text(/^Z[A-Z0-9]{3,31}$/, 'the id of a Route 53 hosted zone such as Z0123456789ABC')),
    certificate: v.exactOptional(
      text(/^arn:[^:\s]+:acm:\S+$/, 'the ARN of an ACM certificate for the domain and *.domain'),
    ),
    access: v.optional(oneOf(ACCESSES), 'internal'),
    oidc: v.exactOptional(oidc),
    gateway: v.exactOptional(gateway),
    /** Where the gateway is reached when the cluster cannot tell: host or host:port. */
    address: v.exactOptional(text(/^[A-Za-z0-9.-]{1,253}(:\d{1,5})?$/, 'a host or host:port')),
  }),
  v.forward(
    v.check(
      (way) => way.domain === undefined || way.certificate !== undefined,
      'a domain is served by HTTPS only: give the ARN of its certificate too',
    ),
    ['certificate'],
  ),
  v.forward(
    v.check(
      (way) => way.domain !== undefined || (way.certificate === undefined && way.hostedZone === undefined),
      'certificate and hostedZone belong to a domain: give the domain too',
    ),
    ['domain'],
  ),
  v.forward(
    v.check(
      (way) => way.access !== 'oidc' || way.oidc !== undefined,
      'access "oidc" needs the block oidc (issuer, endpoints, clientId, clientSecret)',
    ),
    ['oidc'],
  ),
  v.forward(
    v.check(
      (way) => way.access !== 'oidc' || way.domain !== undefined,
      'access "oidc" needs HTTPS: give a domain and its certificate',
    ),
    ['domain'],
  ),
  v.forward(
    v.check((way) => way.oidc === undefined || way.access === 'oidc', allowed('"oidc", since the block oidc is given')),
    ['access'],
  ),
);

export type WayIn = v.InferOutput<typeof wayIn>;
