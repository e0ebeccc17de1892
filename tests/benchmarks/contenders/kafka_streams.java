/* Kafka Streams, exactly once, one stream thread; what job.py tells the others, in the names of Java's clients. */

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes.ByteArraySerde;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.processor.api.ContextualFixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;

class PassThrough extends ContextualFixedKeyProcessor<byte[], byte[], byte[]> {
    static final ObjectMapper JSON = new ObjectMapper();
    static JsonNode job;
    static boolean begun;

    public static void main(String[] arguments) throws IOException {
        job = JSON.readTree(System.getenv("BENCHMARK_JOB"));
        var builder = new StreamsBuilder();
        builder.<byte[], byte[]>stream(told("source")).processValues(PassThrough::new).to(told("target"));
        new KafkaStreams(builder.build(), settings()).start();
    }

    @Override
    public void process(FixedKeyRecord<byte[], byte[]> record) {
        var place = context().recordMetadata().get();
        try {
            if (!begun) begin();
            context().forward(record.withValue(transform(record.value(), place.partition(), place.offset())));
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    /** Decode, wrap, encode. */
    static byte[] transform(byte[] value, int partition, long offset) throws IOException {
        ObjectNode wrapped = JSON.createObjectNode();
        wrapped.putObject("source").put("partition", partition).put("offset", offset);
        return JSON.writeValueAsBytes(wrapped.set("record", JSON.readTree(value)));
    }

    /** Before the first record: notes when work began, and what the process had used until then. */
    static void begin() throws IOException {
        begun = true;
        var process = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        var began = Map.of("wall_s", System.currentTimeMillis() / 1e3, "cpu_s", process.getProcessCpuTime() / 1e9);
        var mark = Path.of(told("mark"));
        var unfinished = mark.resolveSibling("unfinished");
        Files.write(unfinished, JSON.writeValueAsBytes(began));
        Files.move(unfinished, mark);
    }

    static String told(String name) {
        return job.get(name).textValue();
    }

    static Properties settings() {
        var settings = new Properties();
        settings.putAll(Map.of(
            "bootstrap.servers", told("broker"),
            "application.id", told("group"),
            "state.dir", told("folder"),
            "processing.guarantee", "exactly_once_v2",
            "num.stream.threads", 1,
            "commit.interval.ms", 250,
            "buffered.records.per.partition", 100_000,
            "default.key.serde", ByteArraySerde.class,
            "default.value.serde", ByteArraySerde.class));
        settings.putAll(Map.of(
            "consumer.fetch.max.wait.ms", 50,
            "consumer.max.partition.fetch.bytes", 1_048_576,
            "consumer.max.poll.records", 10_000,
            "producer.compression.type", "lz4",
            "producer.linger.ms", 5,
            "producer.batch.size", 1_000_000,
            "producer.max.request.size", 4_194_304, // a full batch of each partition
            "producer.buffer.memory", 268_435_456L)); // many commits' worth
        return settings;
    }
}
