/**
 * Brings the cluster-wide half of an installation into the cluster, at every deployment and in every sweep: what was deleted or edited
 * by hand comes back.
 */
import type { FoundationAnswer } from '../../contracts/foundation.ts';
import { ENVIRONMENT_KINDS } from '../../contracts/kinds.ts';
import { FIELD_MANAGERS } from '../../contracts/kubernetes.ts';
import { TransientError } from '../../domain/errors.ts';
import { foundationManifests, type ClusterFacts } from '../../domain/foundation/foundation.ts';
import { managedAccesses, targetGroupBindingVersion } from '../../domain/foundation/gateway.ts';
import { GATEWAY_KINDS, type GatewayKind } from '../../domain/foundation/gateway-api/definitions.ts';
import { applyAll } from '../apply-all.ts';
import { lookUntilFound, type Look } from '../patience.ts';
import type { FoundationPorts } from './ports.ts';

/** Applies everything; what people have to do themselves comes back as questions. */
export async function applyFoundation(ports: FoundationPorts): Promise<FoundationAnswer> {
  const { cluster, installation } = ports;
  const kindQuestions = await provideGatewayKinds(ports);
  const loadBalancers = await findLoadBalancers(ports);
  const facts: ClusterFacts = { autoMode: ports.autoMode, targetGroups: loadBalancers.targetGroups };
  for (const group of foundationManifests(installation, facts)) {
    await applyAll(cluster, FIELD_MANAGERS.foundation, group);
  }
  const existing = await findExistingGateways(ports);
  return { questions: [...kindQuestions, ...loadBalancers.questions, ...existing] };
}

/** A cluster without the Gateway API gets it; kinds that somebody else brought stay theirs, even when they are too old. */
async function provideGatewayKinds(ports: FoundationPorts): Promise<readonly string[]> {
  const { cluster } = ports;
  const served = await Promise.all(GATEWAY_KINDS.map((kind) => cluster.serves(kind)));
  const missing = GATEWAY_KINDS.filter((_, index) => served[index] === false);
  if (missing.length === 0) return [];
  const definitions = await Promise.all(missing.map(({ definition }) => definitionIn(ports, definition.metadata.name)));
  const old = missing.filter((_, index) => definitions[index] !== undefined);
  const absent = missing.filter((_, index) => definitions[index] === undefined);
  // A cluster that has the API's core without some of its parts belongs to whoever installed it.
  const needed = ports.installation.environments;
  const managed = ENVIRONMENT_KINDS.some((kind) => needed[kind].wayIn.gateway === undefined);
  if (managed || absent.some(({ kind }) => kind === 'HTTPRoute')) {
    await applyAll(
      cluster,
      FIELD_MANAGERS.foundation,
      absent.map(({ definition }) => definition),
    );
    await awaitKinds(ports, absent);
  }
  return old.map(
    ({ apiVersion, kind }) =>
      `The cluster has the kind ${kind} of the Gateway API, but not as ${apiVersion}. Upgrade the Gateway API in the cluster to version 1.4: until then the gateway may not start.`,
  );
}

function definitionIn({ cluster }: FoundationPorts, name: string) {
  return cluster.get({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name });
}

async function awaitKinds({ cluster, clock }: FoundationPorts, kinds: readonly GatewayKind[]): Promise<void> {
  const end = await lookUntilFound(clock, async (): Promise<Look<true>> => {
    const served = await Promise.all(kinds.map((kind) => cluster.serves(kind)));
    const missing = kinds.filter((_, index) => served[index] === false).map(({ kind }) => kind);
    return missing.length === 0 ? { kind: 'found', found: true } : { kind: 'missing', what: missing.join(', ') };
  });
  if (end.kind === 'missing') throw new TransientError(`The cluster does not serve ${end.what} yet.`);
}

/** Target groups can be bound only where the cluster has the kind for it. A way in with an address of its own needs none. */
async function findLoadBalancers(
  ports: FoundationPorts,
): Promise<{ readonly targetGroups: ClusterFacts['targetGroups']; readonly questions: readonly string[] }> {
  const { cluster, installation, autoMode } = ports;
  const accesses = managedAccesses(installation).filter((access) =>
    ENVIRONMENT_KINDS.map((kind) => installation.environments[kind].wayIn).some(
      (wayIn) => wayIn.access === access && wayIn.gateway === undefined && wayIn.address === undefined,
    ),
  );
  if (accesses.length === 0) return { targetGroups: {}, questions: [] };
  const apiVersion = targetGroupBindingVersion(autoMode);
  if (await cluster.serves({ apiVersion, kind: 'TargetGroupBinding' })) {
    return { targetGroups: ports.targetGroups, questions: [] };
  }
  return {
    targetGroups: {},
    questions: [
      `No load balancer leads to the gateway: the cluster does not have the kind TargetGroupBinding (${apiVersion}). Install the AWS Load Balancer Controller, set cluster.existing.autoMode if this is an EKS Auto Mode cluster, or name an existing Gateway in the settings (environments.<kind>.wayIn.gateway).`,
    ],
  };
}

/** Gateways that the settings name must be there; nobody else would notice before the first delivery fails. */
async function findExistingGateways({ cluster, installation }: FoundationPorts): Promise<readonly string[]> {
  const named = new Map(
    ENVIRONMENT_KINDS.flatMap((kind) => {
      const { gateway } = installation.environments[kind].wayIn;
      return gateway === undefined ? [] : [[`${gateway.namespace}/${gateway.name}`, gateway] as const];
    }),
  );
  const found = await Promise.all(
    [...named].map(async ([id, { namespace, name }]) => ({
      id,
      gateway: await cluster.get({ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', namespace, name }),
    })),
  );
  return found
    .filter(({ gateway }) => gateway === undefined)
    .map(
      ({ id }) =>
        `The settings name Gateway ${id}, which the cluster does not have. Make it, or correct wayIn.gateway.`,
    );
}
