/** `cluster NAME`: the settings block for a cluster that is there already. */
import { stringify } from 'yaml';
import { nearest } from '../../lambdas/domain/naming/nearest.ts';
import { CommandError, type Command } from '../command.ts';
import { printable } from '../terminal.ts';

export const cluster: Command = {
  name: 'cluster',
  words: ['NAME'],
  switches: {},
  summary: 'print the settings block for an existing EKS cluster',
  async run(world, [name = '']) {
    const found = await world.clusters.describe(name);
    if (found === undefined) {
      const names = await world.clusters.names();
      const guess = nearest(name, names);
      const hint =
        guess === undefined
          ? `There are: ${names.map(printable).join(', ') || 'none'}.`
          : `Did you mean ${printable(guess)}?`;
      throw new CommandError(`There is no EKS cluster ${printable(name)} in this account and region. ${hint}`);
    }
    const { authenticationMode, ...existing } = found;
    if (authenticationMode === 'CONFIG_MAP') {
      throw new CommandError(
        `${name} knows no access entries (authentication mode CONFIG_MAP), and Espalier gets its rights by them. ` +
          `Switch it first: aws eks update-cluster-config --name ${name} --access-config authenticationMode=API_AND_CONFIG_MAP`,
      );
    }
    world.output.show({ cluster: { existing } }, [stringify({ cluster: { existing } }, { lineWidth: 0 }).trimEnd()]);
    world.output.note(
      '# EKS does not say which subnets are private. Keep those under `subnets` (functions and internal load balancers go there),\n' +
        '# and move the others to `publicSubnets`, which are needed only where an access is oidc or public.',
    );
  },
};
