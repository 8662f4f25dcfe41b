/** `services NAME`: the catalogue of an environment. */
import { LENDER } from '../../lambdas/domain/borrowing/lender.ts';
import { catalogueOf, type Entry } from '../../lambdas/domain/catalogue/catalogue.ts';
import type { Command } from '../command.ts';
import { findEnvironment } from '../find-environment.ts';
import { printable, short, table } from '../terminal.ts';

export const services: Command = {
  name: 'services',
  words: ['NAME'],
  switches: {},
  summary: 'which service runs at which commit, where, offering what, and what is borrowed',
  async run(world, [name = '']) {
    const record = await findEnvironment(world, name);
    const lender = record.id === LENDER ? record : await world.records.load(LENDER);
    const components = (await world.settings())?.components;
    const entries = catalogueOf({ record, lender, components });
    world.output.show(
      { environment: record.id, services: entries },
      entries.length === 0
        ? [`${record.id} has no services.`]
        : table(['NAME', 'OWNER', 'COMMIT', 'OFFERS', 'NEEDED BY', 'WHERE', 'ADDRESS'], entries.map(row)),
    );
  },
};

function row(entry: Entry): string[] {
  const { name, owner = '', commit, offers, neededBy, address = '' } = entry;
  const words = [
    name,
    owner,
    commit === undefined ? '' : short(commit),
    offers.join(' '),
    neededBy.join(' '),
    where(entry),
    address,
  ];
  return words.map(printable);
}

function where({ kind, environment = '', commit }: Entry): string {
  switch (kind) {
    case 'own':
      return commit === undefined ? 'not ready yet' : 'here';
    case 'borrowed':
      return `borrowed from ${environment}`;
    case 'component':
      return 'component of the settings';
    case 'nobody':
      return 'nowhere';
  }
}
