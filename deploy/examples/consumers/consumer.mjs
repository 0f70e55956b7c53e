// Prints each change of a stage once. Needs: npm install @confluentinc/kafka-javascript@1.10.1
import confluent from "@confluentinc/kafka-javascript";

const { Kafka, logLevel } = confluent.KafkaJS;
const brokers = (process.env.KAFKA_BROKERS ?? "127.0.0.1:9092").split(",");
const consumer = new Kafka({ kafkaJS: { brokers, logLevel: logLevel.ERROR } }).consumer({
  kafkaJS: { groupId: "stage-changes-node", readUncommitted: false, fromBeginning: true, autoCommit: false },
});
const seen = new Set(); // the last ids, the oldest first

await consumer.connect();
await consumer.subscribe({ topics: ["adoption.stage-changes.v1"] });
await consumer.run({
  eachMessage: async ({ topic, partition, message }) => {
    const header = (name) => message.headers?.[name]?.toString();
    const id = header("ce_id");
    if (id && !seen.has(id)) {
      const change = JSON.parse(message.value.toString());
      console.log(header("ce_time"), header("ce_subject"), change.from, "->", change.to);
      seen.add(id);
      if (seen.size > 100_000) seen.delete(seen.values().next().value);
    }
    // After the work: what a crash interrupts is read again.
    await consumer.commitOffsets([{ topic, partition, offset: (BigInt(message.offset) + 1n).toString() }]);
  },
});
