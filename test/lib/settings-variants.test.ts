/** Every kind of settings synthesizes, without a finding of nag. */
import { Validations, type App } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { EXISTING_CLUSTER, PLAIN, VARIANTS, wayInOf } from '../../supply/variants.ts';
import { synthesize } from './synthesize-app.ts';
import { synthesized } from './synthesize.ts';

describe('every kind of settings synthesizes without a finding', () => {
  it.each(Object.entries(VARIANTS))('%s', (_name, settings) => {
    const checked = (app: App): void => Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    expect(() => synthesize(settings, checked)).not.toThrow();
  });
});

describe('the ways in', () => {
  it('are one load balancer per access in use, and internal ones face no internet', () => {
    const stacks = synthesized(VARIANTS['public, sign-in and internal side by side']);
    const balancers = stacks.ofType('AWS::ElasticLoadBalancingV2::LoadBalancer');
    expect(
      Object.fromEntries(
        balancers.map(({ properties }) => [properties['Name'], [properties['Type'], properties['Scheme']]]),
      ),
    ).toEqual({
      'espalier-internal': ['network', 'internal'],
      'espalier-oidc': ['application', 'internet-facing'],
      'espalier-public': ['network', 'internet-facing'],
    });
  });

  it('are plain only where no domain is given', () => {
    const ports = (settings: string): number[] =>
      synthesized(settings)
        .ofType('AWS::ElasticLoadBalancingV2::Listener')
        .map(({ properties }) => properties['Port'] as number)
        .sort((one, other) => one - other);
    expect(ports(PLAIN)).toEqual([80]);
    expect(ports(VARIANTS['internal with a domain'])).toEqual([80, 443]);
  });

  it('let a request pass the sign-in only by the kind’s own hosts, and answer 404 otherwise', () => {
    const stacks = synthesized(VARIANTS['public, sign-in and internal side by side']);
    const rule = stacks.only('AWS::ElasticLoadBalancingV2::ListenerRule').properties;
    expect(rule['Conditions']).toMatchObject([{ HostHeaderConfig: { Values: ['*.dev.example.com'] } }]);
    expect(rule['Actions']).toMatchObject([{ Type: 'authenticate-oidc' }, { Type: 'forward' }]);
    const https = stacks
      .ofType('AWS::ElasticLoadBalancingV2::Listener')
      .find(({ properties }) => properties['Protocol'] === 'HTTPS');
    expect(https?.properties['DefaultActions']).toMatchObject([{ FixedResponseConfig: { StatusCode: '404' } }]);
  });

  it('keep the client secret of a sign-in out of the template', () => {
    const text = JSON.stringify(synthesized(VARIANTS['public, sign-in and internal side by side']).resources);
    expect(text).toContain('{{resolve:secretsmanager:arn:aws:secretsmanager:');
  });

  it('have a wildcard record per domain', () => {
    const names = synthesized(VARIANTS['public, sign-in and internal side by side'])
      .ofType('AWS::Route53::RecordSet')
      .map(({ properties }) => properties['Name'] as string);
    expect(names.sort()).toEqual(['*.dev.example.com.', '*.pre.example.com.']);
  });

  it('refuse one domain for two accesses, saying why and what to do', () => {
    const settings = `${PLAIN}\nenvironments:${wayInOf('feature', 'example.com', 'internal')}${wayInOf('pre-release', 'example.com', 'public')}`;
    expect(() => synthesize(settings)).toThrow(
      /pre-release.*example\.com.*one load balancer only.*domain of their own/s,
    );
  });

  it('refuse a public access in an existing cluster that names no public subnets', () => {
    const settings = `${PLAIN}${EXISTING_CLUSTER}environments:${wayInOf('feature', 'dev.example.com', 'public')}`;
    expect(() => synthesize(settings)).toThrow(/needs a load balancer in public subnets.*publicSubnets/s);
  });

  it('use the public subnets of an existing cluster', () => {
    const settings = `${PLAIN}${EXISTING_CLUSTER}    publicSubnets: [subnet-0f1f2f3f]\nenvironments:${wayInOf('feature', 'dev.example.com', 'public')}`;
    const publicOne = synthesized(settings)
      .ofType('AWS::ElasticLoadBalancingV2::LoadBalancer')
      .find(({ properties }) => properties['Scheme'] === 'internet-facing');
    expect(publicOne?.properties['Subnets']).toEqual(['subnet-0f1f2f3f']);
  });

  it('leave existing gateways alone', () => {
    const settings = `${PLAIN}\nenvironments:\n${['feature', 'integration', 'performance', 'pre-release', 'production']
      .map((name) => `  ${name}: { wayIn: { gateway: { namespace: edge, name: shared } } }`)
      .join('\n')}`;
    expect(synthesized(settings).ofType('AWS::ElasticLoadBalancingV2::LoadBalancer')).toEqual([]);
  });
});
