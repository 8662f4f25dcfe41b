/** Functions and state machines. Separate from the other resource types, which need other parts of the laptop. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { arnOf, nameOf } from '../../api.ts';
import { checkReceiver } from '../../delivery.ts';
import { rightsOfFunction, rightsOfMachine } from '../../iam/creation-rights.ts';
import { checkTrust, made, ordinary, type Place, type Properties, reasons, type ResourceKind } from '../kind.ts';

/** Unpacks a function's code below the state directory, or uses the asset's folder as it is. */
function codeOf({ S3Key, ZipFile }: Properties, name: string, { assembly, account }: Place): string {
  const folder = join(account.state, 'functions', name);
  if (ZipFile !== undefined) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'index.js'), ZipFile as string);
    return folder;
  }
  const asset = assembly.assets.get(S3Key as string);
  if (!asset) throw new Error(`its code ${S3Key} is not an asset of this assembly`);
  if (asset.zip) return asset.path;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  if (asset.path.endsWith('.zip')) execFileSync('unzip', ['-q', asset.path, '-d', folder]);
  else cpSync(asset.path, folder, { recursive: true });
  return folder;
}

/** Functions and state machines. */
export const compute: Readonly<Record<string, ResourceKind>> = {
  'AWS::Lambda::Function': {
    runs: [
      'FunctionName',
      'Code',
      'Role',
      'Handler',
      'Runtime',
      'Environment',
      'Timeout',
      'MemorySize',
      'ReservedConcurrentExecutions',
      'DeadLetterConfig',
    ],
    noEffect: {
      Architectures: 'the laptop has the one that it has',
      VpcConfig: 'there is no network to be inside of; the role must be allowed what it needs there',
      LoggingConfig: 'logs are files in the state directory',
      TracingConfig: 'there are no traces',
      EphemeralStorage: 'the temporary folder is as large as the disk',
      KmsKeyArn: reasons.encrypted,
      ...ordinary,
    },
    make(properties, place) {
      const name = (properties['FunctionName'] as string | undefined) ?? place.name(64);
      const runtime = String(properties['Runtime']);
      if (!runtime.startsWith('nodejs')) throw new Error(`Runtime ${runtime} does not run on the laptop; nodejs… does`);
      const arn = arnOf(place.account, 'lambda', `function:${name}`);
      checkTrust(place, properties['Role'], 'lambda.amazonaws.com', arn);
      const deadLetterArn = properties['DeadLetterConfig']?.TargetArn as string | undefined;
      const inVpc = (properties['VpcConfig']?.SubnetIds?.length ?? 0) > 0;
      place.world.policies.needs(`function ${name}`, properties['Role'], rightsOfFunction(inVpc, [deadLetterArn]));
      place.world.functions.define({
        name,
        arn,
        runtime,
        role: properties['Role'],
        handler: properties['Handler'],
        directory: codeOf(properties['Code'], name, place),
        environment: properties['Environment']?.Variables ?? {},
        timeoutSeconds: Number(properties['Timeout'] ?? 3),
        memoryMegabytes: Number(properties['MemorySize'] ?? 128),
        reservedConcurrency: properties['ReservedConcurrentExecutions'],
        deadLetterArn,
      });
      return made(name, { Arn: arn });
    },
  },
  'AWS::Lambda::Permission': {
    runs: [
      'Action',
      'FunctionName',
      'Principal',
      'SourceArn',
      'SourceAccount',
      'FunctionUrlAuthType',
      'InvokedViaFunctionUrl',
    ],
    make({ Action, FunctionName, Principal, SourceArn, FunctionUrlAuthType, InvokedViaFunctionUrl }, place) {
      const resource = arnOf(place.account, 'lambda', `function:${nameOf(FunctionName)}`);
      const service = String(Principal).endsWith('.amazonaws.com');
      place.world.policies.resourceStatement(resource, place.logicalId, {
        Effect: 'Allow',
        Principal: service ? { Service: Principal } : { AWS: Principal },
        Action,
        Resource: resource,
        Condition: {
          ...(SourceArn !== undefined && { ArnLike: { 'aws:SourceArn': SourceArn } }),
          ...(FunctionUrlAuthType !== undefined && {
            StringEquals: { 'lambda:FunctionUrlAuthType': FunctionUrlAuthType },
          }),
          ...(InvokedViaFunctionUrl !== undefined && {
            Bool: { 'lambda:InvokedViaFunctionUrl': String(InvokedViaFunctionUrl) },
          }),
        },
      });
      return made(place.name());
    },
  },
  'AWS::Lambda::Url': {
    runs: ['TargetFunctionArn', 'AuthType', 'InvokeMode'],
    noEffect: { Cors: 'browsers are not asked for signatures' },
    make({ TargetFunctionArn, AuthType, InvokeMode = 'BUFFERED' }, { world }) {
      if (AuthType !== 'AWS_IAM') throw new Error(`AuthType ${AuthType} does not run on the laptop; AWS_IAM does`);
      if (InvokeMode !== 'BUFFERED')
        throw new Error(`InvokeMode ${InvokeMode} does not run on the laptop; BUFFERED does`);
      const { name, arn } = world.functions.find(nameOf(TargetFunctionArn)).definition;
      return made(arn, { FunctionArn: arn, FunctionUrl: world.urls.define(name) });
    },
  },
  'AWS::Lambda::EventInvokeConfig': {
    runs: ['FunctionName', 'Qualifier', 'MaximumRetryAttempts', 'MaximumEventAgeInSeconds', 'DestinationConfig'],
    make({ FunctionName, MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig }, { world, name }) {
      const onFailure = DestinationConfig?.OnFailure?.Destination as string | undefined;
      const onSuccess = DestinationConfig?.OnSuccess?.Destination as string | undefined;
      for (const arn of [onFailure, onSuccess]) if (arn !== undefined) checkReceiver(arn);
      const { role } = world.functions.find(nameOf(FunctionName)).definition;
      const rights = rightsOfFunction(false, [onFailure, onSuccess]);
      world.policies.needs(`destinations of function ${nameOf(FunctionName)}`, role, rights);
      world.functions.configureAsync(nameOf(FunctionName), {
        ...(MaximumRetryAttempts !== undefined && { retries: Number(MaximumRetryAttempts) }),
        ...(MaximumEventAgeInSeconds !== undefined && { maximumAgeSeconds: Number(MaximumEventAgeInSeconds) }),
        onFailure,
        onSuccess,
      });
      return made(name());
    },
  },
  'AWS::StepFunctions::StateMachine': {
    runs: [
      'StateMachineName',
      'DefinitionString',
      'Definition',
      'DefinitionSubstitutions',
      'RoleArn',
      'StateMachineType',
      'Tags',
    ],
    noEffect: {
      LoggingConfiguration: 'the history is kept in the state directory; the role must be allowed to log',
      TracingConfiguration: 'there are no traces',
      EncryptionConfiguration: reasons.encrypted,
    },
    make(properties, place) {
      const { world, account, name } = place;
      const machine = (properties['StateMachineName'] as string | undefined) ?? name(80);
      if (properties['StateMachineType'] === 'EXPRESS')
        throw new Error('EXPRESS state machines do not run on the laptop');
      const arn = arnOf(account, 'states', `stateMachine:${machine}`);
      checkTrust(place, properties['RoleArn'], 'states.amazonaws.com', arn);
      let definition =
        (properties['DefinitionString'] as string | undefined) ?? JSON.stringify(properties['Definition']);
      for (const [key, value] of Object.entries(properties['DefinitionSubstitutions'] ?? {}))
        definition = definition.replaceAll(`\${${key}}`, String(value));
      const tags = Object.fromEntries((properties['Tags'] ?? []).map(({ Key, Value }: Properties) => [Key, Value]));
      const logs = (properties['LoggingConfiguration']?.Destinations?.length ?? 0) > 0;
      const ruleArn = (rule: string): string => arnOf(account, 'events', `rule/${rule}`);
      world.policies.needs(
        `state machine ${machine}`,
        properties['RoleArn'],
        rightsOfMachine(definition, logs, ruleArn),
      );
      world.machines.push({ arn, name: machine, roleArn: properties['RoleArn'], definition, tags });
      return made(arn, { Arn: arn, Name: machine });
    },
  },
};
