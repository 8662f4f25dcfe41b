/** Manifests of service files on the laptop's API server, which has the schemas of the real one. */
import { afterAll } from 'vitest';
import { describeManifests } from '../../contracts/manifests-contract.ts';
import { startLaptop, type Laptop } from './laptop.ts';

let laptop: Laptop | undefined;
afterAll(async () => {
  await laptop?.stop();
});

describeManifests(
  'the laptop',
  async () => {
    laptop = await startLaptop();
    return { connection: laptop.connection, installation: 'shop' };
  },
  { documents: 15 },
);
