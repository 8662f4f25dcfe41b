/**
 * Discovery made comparable: a real cluster has more kinds and versions than the stand-in, which its README lists. Separate because no
 * other answer is about kinds instead of objects.
 */
import { resources } from '../../../../local/cluster/api/table.ts';

/** What discovery tells, as far as it is looked at. */
interface Discovery {
  readonly name?: string;
  readonly groupVersion?: string;
  readonly groups?: readonly Discovery[];
  readonly items?: readonly { readonly metadata: { readonly name?: string }; readonly versions: readonly Version[] }[];
  readonly resources?: readonly { readonly name: string }[];
  readonly versions?: readonly Version[];
}
interface Version {
  readonly version: string;
  readonly resources?: readonly {
    readonly resource: string;
    readonly subresources?: readonly { readonly subresource: string }[] | undefined;
  }[];
}

/** Whether an answer of this kind is discovery. */
export const isDiscovery = (kind: unknown): boolean =>
  ['APIGroup', 'APIGroupList', 'APIResourceList', 'APIGroupDiscoveryList'].includes(String(kind));

/** Discovery without the kinds, versions and subresources that the stand-in lacks, in the order of their names. */
export function ofOurKinds(told: Discovery): Discovery {
  const has = (group: string, version?: string, plural?: string): boolean =>
    resources.some(
      (one) =>
        one.group === group &&
        (version === undefined || one.version === version) &&
        (plural === undefined ||
          [
            one.plural,
            ...one.subresources.filter((below) => below.served).map((below) => `${one.plural}/${below.name}`),
          ].includes(plural)),
    );
  const { name: group = '', groupVersion = '', groups, items, resources: list, versions } = told;
  const [version = '', ofVersion = ''] = groupVersion.split('/').toReversed();
  const named = (one: { readonly name?: string }): string => one.name ?? '';
  const known = (group: string, versions: readonly Version[]): Version[] =>
    versions
      .filter((one) => has(group, one.version))
      .map(({ resources: below, ...one }) => ({
        ...one,
        ...(below && {
          resources: below
            .filter((inner) => has(group, one.version, inner.resource))
            .map(({ subresources, ...inner }) => ({
              ...inner,
              subresources: none(
                subresources
                  ?.filter(({ subresource }) => has(group, one.version, `${inner.resource}/${subresource}`))
                  .sort((one, other) => byText(one.subresource, other.subresource)),
              ),
            }))
            .sort((one, other) => byText(one.resource, other.resource)),
        }),
      }));
  return {
    ...told,
    ...(groups && {
      groups: groups
        .filter((one) => has(named(one)))
        .map(ofOurKinds)
        .sort((one, other) => byText(named(one), named(other))),
    }),
    ...(items && {
      items: items
        .filter(({ metadata: { name } }) => has(name ?? ''))
        .map((one) => ({ ...one, versions: known(one.metadata.name ?? '', one.versions) }))
        .sort((one, other) => byText(one.metadata.name ?? '', other.metadata.name ?? '')),
    }),
    ...(list && {
      resources: list
        .filter((one) => has(ofVersion, version, one.name))
        .map((one) => ({ ...one, storageVersionHash: undefined }))
        .sort((one, other) => byText(one.name, other.name)),
    }),
    ...(versions && { versions: known(group, versions) }),
  };
}

/** A list without entries counts as none. */
const none = <Item>(list: Item[] | undefined): Item[] | undefined => (list?.length ? list : undefined);

const byText = (one: string, other: string): number => (one < other ? -1 : 1);
