/** Manifests of service files on a real API server, whose Pod Security is the real one. */
import { describeManifests } from '../contracts/manifests-contract.ts';
import { uniqueInstallation } from '../fakes/installation.ts';
import { connectionOf } from './kubeconfig.ts';

describeManifests(
  'a real cluster',
  () => Promise.resolve({ connection: connectionOf(), installation: uniqueInstallation('defi') }),
  { documents: 60 },
);
