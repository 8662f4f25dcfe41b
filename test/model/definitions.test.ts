/**
 * The same model through the synthesized state machines. MODEL_DEFINITION_RUNS sets the number of runs, MODEL_SEED repeats one.
 */
import { expect, it } from 'vitest';
import { synthesizedMachines } from './definitions.ts';
import { runModel } from './run-model.ts';

const RUNS = Number(process.env['MODEL_DEFINITION_RUNS'] ?? 6);
const SEED = process.env['MODEL_SEED'] === undefined ? undefined : Number(process.env['MODEL_SEED']);

it(
  'agrees with git when the synthesized state machines run',
  async () => {
    const machines = synthesizedMachines();
    const first = SEED ?? Math.floor(Math.random() * 1_000_000_000);
    const runs = SEED === undefined ? RUNS : 1;
    for (let run = 0; run < runs; run += 1) await runModel(first + run, machines);
    console.log(`model: ${String(runs)} runs through the definitions from MODEL_SEED=${String(first)}`);
    expect(runs).toBeGreaterThan(0);
  },
  RUNS > 20 ? 3_600_000 : 120_000,
);
