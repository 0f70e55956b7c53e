// A broker of Apache Kafka and a process of `adoption-tracker run` on it, as operators have them: each can be killed, frozen and started again.
import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

const PREPARED = path.resolve(process.env.REPOSITORY, process.env.CARGO_TARGET_DIR ?? "target", "kafka-broker");
const TRACKER = process.env.TRACKER;

const pause = ms => new Promise(done => setTimeout(done, ms));

/** Asks again and again until there is an answer. */
export async function until(what, seconds, ask) {
  const deadline = Date.now() + 1000 * seconds;
  for (;;) {
    const found = await ask();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} s`);
    await pause(50);
  }
}

/** A port that is free now, which is as good as it gets without holding it. */
async function freePort() {
  const server = net.createServer();
  await new Promise(done => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise(done => server.close(done));
  return port;
}

const answers = port => new Promise(done => {
  const socket = net.connect(port, "127.0.0.1", () => { socket.destroy(); done(true); });
  socket.on("error", () => done(false));
});

/** Nothing where it has ended already. */
const ended = child => child.exitCode !== null || child.signalCode !== null ? undefined : new Promise(done => child.once("exit", done));

/** All of it, in a folder of its own that goes with it. */
export async function start({ partitions, history, settings = "" }) {
  const work = mkdtempSync(path.join(tmpdir(), "console-"));
  const [port, controller, http, api] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const brokers = `127.0.0.1:${port}`;
  cpSync(path.join(PREPARED, "template"), path.join(work, "data"), { recursive: true });
  writeFileSync(path.join(work, "server.properties"), `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
listeners=PLAINTEXT://${brokers},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=PLAINTEXT://${brokers}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
`);
  const config = path.join(work, "tracker.toml");
  writeFileSync(config, `[kafka]
brokers = "${brokers}"
instance_id = "console-0"
[topics]
inputs = ["adoption.inputs.v1"]
partitions = ${partitions}
replication_factor = 1
[http]
listen = "127.0.0.1:${http}"
[api]
listen = "127.0.0.1:${api}"
${settings}`);
  const archive = path.join(PREPARED, "kafka.jsa");
  const java = ["-Xms128m", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"];
  if (existsSync(archive)) java.push(`-XX:SharedArchiveFile=${archive}`);
  const broker = spawn("java", [...java, "-cp", `${PREPARED}/lib/*`, "kafka.Kafka", "server.properties"], { cwd: work, stdio: "ignore" });
  const log = openSync(path.join(process.env.PICTURES, "service.log"), "w");
  let service;
  const partitionsNow = async () => {
    const answer = await fetch(`http://127.0.0.1:${api}/v1/partitions`).then(response => response.json(), () => ({}));
    return answer.data ?? [];
  };
  const all = {
    address: `http://127.0.0.1:${api}`,
    partitions: partitionsNow,
    /** Writes records, keyed by account as the service wants it. */
    write(lines) {
      const keyed = lines.map(line => `${JSON.parse(line).account}\t${line}\n`).join("");
      const kcat = ["-P", "-b", brokers, "-t", "adoption.inputs.v1", "-K", "\t", "-X", "partitioner=murmur2_random"];
      execFileSync("kcat", kcat, { input: keyed, stdio: ["pipe", "pipe", "pipe"] });
    },
    /** Until all partitions run and nothing is left to be read; of a topic that was just written to, until so many accounts are known. */
    caughtUp: accounts => until(`${accounts} accounts, nothing left to be read`, 120, async () => {
      const rows = await partitionsNow();
      const is = rows.length === partitions && rows.every(row => row.state === "running" && Object.values(row.lag).every(lag => lag === 0));
      return is && rows.reduce((sum, row) => sum + (row.accounts ?? 0), 0) >= accounts;
    }),
    freeze: () => broker.kill("SIGSTOP"),
    thaw: () => broker.kill("SIGCONT"),
    /** Starts the process. Its log goes to where the pictures are. */
    run() {
      service = spawn(TRACKER, ["run", "--config", config], { stdio: ["ignore", "ignore", log] });
    },
    async kill() {
      service.kill("SIGKILL");
      await ended(service);
    },
    async end() {
      for (const child of [service, broker]) child?.kill("SIGKILL");
      await Promise.all([service, broker].filter(Boolean).map(ended));
      rmSync(work, { recursive: true, force: true });
    },
  };
  // Whatever ends the tests, nothing is left behind, frozen or not.
  for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143]]) process.once(signal, () => process.exit(status));
  process.once("exit", () => {
    for (const child of [service, broker]) child?.kill("SIGKILL");
    rmSync(work, { recursive: true, force: true });
  });
  try {
    await until("the broker", 60, () => answers(port));
    execFileSync(TRACKER, ["topics", "create", "--config", config], { stdio: "pipe" });
    all.write(readFileSync(path.join(process.env.REPOSITORY, history), "utf8").trim().split("\n"));
    return all;
  } catch (error) {
    await all.end();
    throw error;
  }
}
