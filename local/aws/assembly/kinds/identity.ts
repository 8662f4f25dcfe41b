/** Roles and their policies. Separate from the other resource types, which need other parts of the laptop. */
import { made, ordinary, type ResourceKind } from '../kind.ts';

/** Roles and their policies. */
export const identity: Readonly<Record<string, ResourceKind>> = {
  'AWS::IAM::Role': {
    runs: ['RoleName', 'Path', 'AssumeRolePolicyDocument', 'ManagedPolicyArns', 'Policies'],
    noEffect: {
      MaxSessionDuration: 'sessions last as long as their process',
      ...ordinary,
    },
    make(
      { RoleName, Path = '/', AssumeRolePolicyDocument, ManagedPolicyArns = [], Policies = [] },
      { world, account, name },
    ) {
      const role = (RoleName as string | undefined) ?? name(64);
      const arn = `arn:aws:iam::${account.id}:role${Path}${role}`;
      world.policies.role(arn, AssumeRolePolicyDocument, ManagedPolicyArns);
      for (const { PolicyName, PolicyDocument } of Policies) world.policies.attach(arn, PolicyName, PolicyDocument);
      return made(role, { Arn: arn, RoleId: `AROA${role}` });
    },
  },
  'AWS::IAM::Policy': {
    runs: ['PolicyName', 'PolicyDocument', 'Roles'],
    make({ PolicyName, PolicyDocument, Roles = [] }, { world, name, logicalId }) {
      for (const role of Roles) world.policies.attach(role, `${logicalId}/${PolicyName}`, PolicyDocument);
      return made(name());
    },
  },
  'AWS::IAM::ManagedPolicy': {
    runs: ['ManagedPolicyName', 'PolicyDocument', 'Roles', 'Path'],
    noEffect: ordinary,
    make({ ManagedPolicyName, PolicyDocument, Roles = [], Path = '/' }, { world, account, name }) {
      const arn = `arn:aws:iam::${account.id}:policy${Path}${ManagedPolicyName ?? name()}`;
      world.policies.managed(arn, PolicyDocument);
      for (const role of Roles) world.policies.attach(role, arn, PolicyDocument);
      return made(arn);
    },
  },
};
