/** Source repositories, build projects and image repositories. Separate from the other resource types, which need other parts of the laptop. */
import { arnOf } from '../../api.ts';
import type { BuildProject } from '../../codebuild/project.ts';
import { cloneUrl } from '../../codecommit/service.ts';
import { checkTrust, made, ordinary, reasons, type ResourceKind } from '../kind.ts';

/** Source repositories, build projects and image repositories. */
export const builds: Readonly<Record<string, ResourceKind>> = {
  'AWS::CodeBuild::Project': {
    runs: [
      'Name',
      'Source',
      'SourceVersion',
      'ServiceRole',
      'Environment',
      'Artifacts',
      'TimeoutInMinutes',
      'QueuedTimeoutInMinutes',
      'ConcurrentBuildLimit',
    ],
    noEffect: {
      EncryptionKey: reasons.encrypted,
      Cache: 'builds share the disk of the laptop',
      LogsConfig: 'logs are files in the state directory',
      VpcConfig: 'there is no network to be inside of',
      Visibility: 'builds are private',
      ...ordinary,
    },
    make(properties, place) {
      const project = (properties['Name'] as string | undefined) ?? place.name();
      const arn = arnOf(place.account, 'codebuild', `project/${project}`);
      checkTrust(place, properties['ServiceRole'], 'codebuild.amazonaws.com', arn);
      place.world.builds.declareProject({ ...properties, Name: project } as unknown as BuildProject);
      return made(project, { Arn: arn });
    },
  },
  'AWS::CodeCommit::Repository': {
    runs: ['RepositoryName', 'RepositoryDescription'],
    noEffect: { KmsKeyId: reasons.encrypted, ...ordinary },
    async make({ RepositoryName, RepositoryDescription }, { world, account }) {
      if (!world.repositories.exists(RepositoryName))
        await world.repositories.create(RepositoryName, RepositoryDescription);
      const { id } = world.repositories.facts(RepositoryName);
      return made(id, {
        Arn: arnOf(account, 'codecommit', RepositoryName),
        Name: RepositoryName,
        CloneUrlHttp: cloneUrl(account, RepositoryName),
      });
    },
  },
  'AWS::ECR::Repository': {
    runs: ['RepositoryName', 'ImageTagMutability'],
    noEffect: {
      LifecyclePolicy: 'images are kept until they are deleted by name',
      ImageScanningConfiguration: 'nothing is scanned',
      EncryptionConfiguration: reasons.encrypted,
      RepositoryPolicyText: 'there is one account',
      EmptyOnDelete: reasons.kept,
      ...ordinary,
    },
    make({ RepositoryName, ImageTagMutability }, { world, account, name }) {
      const repository = ((RepositoryName as string | undefined) ?? name(256)).toLowerCase();
      world.ecr.declareRepository(repository, ImageTagMutability === 'IMMUTABLE');
      return made(repository, {
        Arn: arnOf(account, 'ecr', `repository/${repository}`),
        RepositoryUri: world.ecr.uriOf(repository),
      });
    },
  },
};
