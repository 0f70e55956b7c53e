// Prints each change of a stage once. Needs: org.apache.kafka:kafka-clients:4.3.1 and com.fasterxml.jackson.core:jackson-databind:2.21.2
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

public class Consumer {
    static String header(ConsumerRecord<byte[], byte[]> message, String name) {
        var header = message.headers().lastHeader(name);
        return header == null || header.value() == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
    }

    public static void main(String[] arguments) throws Exception {
        var brokers = Optional.ofNullable(System.getenv("KAFKA_BROKERS")).orElse("127.0.0.1:9092");
        var settings = Map.<String, Object>of(
            "bootstrap.servers", brokers,
            "group.id", "stage-changes-java",
            "isolation.level", "read_committed",
            "auto.offset.reset", "earliest",
            "enable.auto.commit", false);
        var json = new ObjectMapper();
        var seen = new LinkedHashSet<String>(); // the last ids, the oldest first
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of("adoption.stage-changes.v1"));
            while (true) {
                var messages = consumer.poll(Duration.ofSeconds(1));
                for (var message : messages) {
                    var id = header(message, "ce_id");
                    if (id.isEmpty() || seen.contains(id)) continue;
                    var change = json.readTree(message.value());
                    System.out.println(header(message, "ce_time") + " " + header(message, "ce_subject") + " "
                        + change.get("from").asText() + " -> " + change.get("to").asText());
                    seen.add(id);
                    if (seen.size() > 100_000) seen.remove(seen.iterator().next());
                }
                // After the work: what a crash interrupts is read again.
                if (!messages.isEmpty()) consumer.commitSync();
            }
        }
    }
}
