/**
 * Compares namespaces with records: orphans to remove, environments whose namespace is lost, questions.
 * INVARIANT: only namespaces that carry our installation's label are ever given to this comparison, whatever their names.
 */
import { namespaceOf } from '../../contracts/kubernetes.ts';
import type { Tier } from '../../contracts/kinds.ts';
import type { EnvironmentRecord } from '../environment/record.ts';

/** A namespace that carries our label. */
export interface SeenNamespace {
  readonly name: string;
  readonly environment: string;
  readonly tier: Tier | undefined;
  /** It is being deleted already. */
  readonly terminating: boolean;
}

export interface NamespaceSituation {
  readonly installation: string;
  readonly namespaces: readonly SeenNamespace[];
  /** By environment: the records of all namespaces' environments, read one by one, and all others that are known. */
  readonly records: ReadonlyMap<string, EnvironmentRecord>;
  readonly removalsPerRun: number;
}

export interface NamespaceComparison {
  readonly orphans: readonly { readonly namespace: string; readonly because: string }[];
  /** Ids of environments that should have a namespace and have none. */
  readonly lost: readonly string[];
  readonly questions: readonly string[];
}

/** Everything that differs. */
export function compareNamespaces(situation: NamespaceSituation): NamespaceComparison {
  const { installation, namespaces, records, removalsPerRun } = situation;
  const questions: string[] = [];
  const orphans = namespaces.flatMap(({ name, environment, tier, terminating }) => {
    const record = records.get(environment);
    if (terminating || (record !== undefined && record.phase !== 'removed')) return [];
    if (name !== namespaceOf(installation, environment)) {
      questions.push(
        `The namespace ${name} carries the label of environment ${environment}, but is not its namespace. It stays; take the label off or delete it by hand.`,
      );
      return [];
    }
    if (tier !== 'branch') {
      questions.push(
        `The namespace ${name} belongs to a lasting environment that no record knows. It stays; delete it by hand if it is not needed.`,
      );
      return [];
    }
    return [{ namespace: name, because: record === undefined ? 'no record knows it' : 'its environment was removed' }];
  });
  const present = new Set(namespaces.map(({ name }) => name));
  const lost = [...records.values()]
    .filter(
      (record) => record.phase === 'active' && hasApplied(record) && !present.has(namespaceOf(installation, record.id)),
    )
    .map(({ id }) => id);
  return {
    orphans: within(
      orphans,
      removalsPerRun,
      questions,
      `namespaces have no record, more than the ${String(removalsPerRun)} that one sweep may remove (sweep.removalsPerRun). None was removed; is this the right cluster and table?`,
    ),
    lost: within(
      lost,
      removalsPerRun,
      questions,
      `environments have no namespace, more than one sweep delivers again (sweep.removalsPerRun: ${String(removalsPerRun)}). None was delivered again; is this the right cluster?`,
    ),
    questions,
  };
}

function hasApplied(record: EnvironmentRecord): boolean {
  return Object.values(record.services).some((service) => service.applied !== undefined && service.owner === undefined);
}

function within<Found>(found: readonly Found[], limit: number, questions: string[], tooMany: string): readonly Found[] {
  if (found.length <= limit) return found;
  questions.push(`${String(found.length)} ${tooMany}`);
  return [];
}
