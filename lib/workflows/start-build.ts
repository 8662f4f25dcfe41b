/**
 * The task that builds an image and waits for it. Separate because the list of variables arrives as a whole from the function that
 * claimed the build, which CDK's own CodeBuild task cannot express.
 */
import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { QueryLanguage, TaskStateBase, Timeout, type TaskMetricsConfig } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { RETRY_POLICIES } from './retry-policies.ts';

/** A CodeBuild project, as far as a state machine needs it. */
export interface BuildProject {
  readonly name: string;
  readonly arn: string;
  /** Longest that a build may wait in the queue and run. */
  readonly longest: Duration;
}

export class StartBuild extends TaskStateBase {
  protected readonly taskMetrics: TaskMetricsConfig = {};
  protected readonly taskPolicies: PolicyStatement[];
  readonly #project: BuildProject;

  /** `$build.request` is the BuildRequest that the function answered. */
  constructor(scope: Construct, sentence: string, project: BuildProject) {
    super(scope, sentence, {
      queryLanguage: QueryLanguage.JSONATA,
      taskTimeout: Timeout.duration(Duration.seconds(project.longest.toSeconds() + 60)),
      outputs: {},
    });
    this.#project = project;
    this.addRetry(RETRY_POLICIES['runner-busy']);
    // Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-codebuild.html (IAM policies for .sync)
    this.taskPolicies = [
      new PolicyStatement({
        actions: ['codebuild:StartBuild', 'codebuild:StopBuild', 'codebuild:BatchGetBuilds'],
        resources: [project.arn],
      }),
      new PolicyStatement({
        actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
        resources: [
          Stack.of(this).formatArn({
            service: 'events',
            resource: 'rule',
            resourceName: 'StepFunctionsGetEventForCodeBuildStartBuildRule',
          }),
        ],
      }),
    ];
  }

  protected _renderTask(): object {
    return {
      Resource: 'arn:aws:states:::codebuild:startBuild.sync',
      Arguments: {
        ProjectName: this.#project.name,
        SourceTypeOverride: 'CODECOMMIT',
        SourceLocationOverride: '{% $build.request.sourceLocation %}',
        SourceVersion: '{% $build.request.sourceVersion %}',
        // The whole history: the merge check needs the common ancestor.
        GitCloneDepthOverride: 0,
        IdempotencyToken: '{% $build.request.idempotencyToken %}',
        // Name, Value, Type: Step Functions takes parameters in PascalCase, whatever the service's own API says.
        EnvironmentVariablesOverride: "{% [$build.request.variables.{'Name': name, 'Value': value, 'Type': type}] %}",
      },
    };
  }
}
