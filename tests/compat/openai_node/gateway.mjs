// A signalboxd process of the test's own, on ports the system picks.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// `words`: further arguments; `config`: the text of signalbox.yaml, or none.
export async function startGateway({ config, words = [] }) {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-compat-'));
  const all = ['--data-dir', folder, '--listen', '127.0.0.1:0', '--control', '127.0.0.1:0', ...words];
  if (config) {
    writeFileSync(join(folder, 'signalbox.yaml'), config);
    all.push('--config', join(folder, 'signalbox.yaml'));
  }
  const child = spawn(process.env.SIGNALBOXD, all, { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stderr.on('data', (bytes) => (log += bytes));
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const baseURL = await new Promise((resolve, reject) => {
    let out = '';
    child.stdout.on('data', (bytes) => {
      const found = (out += bytes).match(/signalbox: ready data=(\S+)/);
      if (found) resolve(found[1]);
    });
    child.once('error', reject);
    exited.then((code) => reject(new Error(`signalboxd ended with ${code}: ${log}`)));
  });
  return {
    baseURL,
    async stop() {
      child.kill('SIGTERM');
      const code = await exited;
      rmSync(folder, { recursive: true, force: true });
      return code;
    },
  };
}
