/**
 * The second of the three lists, for resource types: those that are declared, named and printed, but do nothing on a laptop, with
 * the reason. Separate because it is data that the README and the start-up print.
 */

/** Resource types (`*` ends a prefix) and why they have no effect. */
export const typesWithoutEffect: Readonly<Record<string, string>> = {
  'AWS::CDK::Metadata': 'it is for statistics',
  'AWS::EC2::*': 'there is no network but this machine',
  'AWS::KMS::*': 'the disk of a laptop is its own',
  'AWS::Logs::*': 'logs are files in the state directory',
  'AWS::CloudWatch::*': 'nothing here writes the metrics that they look at; look at logs and notices',
  'AWS::Route53::*': 'names end with .localhost',
  'AWS::CertificateManager::*': 'the gateway speaks plain HTTP',
  'AWS::ElasticLoadBalancingV2::*': 'the gateway is the load balancer',
  'AWS::EKS::Addon': 'the laptop has one cluster, as it is',
  'AWS::EKS::Nodegroup': 'pods are processes of this machine',
  'AWS::EKS::PodIdentityAssociation': 'pods have no AWS identity',
  'AWS::IAM::OIDCProvider': 'pods have no AWS identity',
  'AWS::IAM::InstanceProfile': 'there are no instances',
  'AWS::IAM::ServiceLinkedRole': 'services here need none',
  'AWS::CodeBuild::ReportGroup': 'reports stay in the folder of the build',
  'AWS::Scheduler::ScheduleGroup': 'there is one group',
  'Custom::VpcRestrictDefaultSG': 'there is no network but this machine',
  'Custom::LogRetention': 'logs are files in the state directory',
};

/** Why this type has no effect; undefined when it is not on the list. */
export function withoutEffect(type: string): string | undefined {
  const found = Object.keys(typesWithoutEffect).find((entry) =>
    entry.endsWith('*') ? type.startsWith(entry.slice(0, -1)) : entry === type,
  );
  return found === undefined ? undefined : typesWithoutEffect[found];
}
