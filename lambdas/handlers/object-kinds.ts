/** Kinds that several stages list, read and remove. Separate because each of these stages has its own rights and none imports another. */

export const AUTOSCALER_KIND = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' } as const;
export const JOB_KIND = { apiVersion: 'batch/v1', kind: 'Job' } as const;
