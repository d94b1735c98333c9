package dev.posthorn.webhook.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.Settlement;
import dev.posthorn.webhook.tck.RecordingReceiver;
import dev.posthorn.webhook.tck.Samples;
import dev.posthorn.webhook.transport.AddressPolicy;
import dev.posthorn.webhook.transport.SocketTransport;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/** Deliveries are put on the queue, claimed and settled by the batch, so that each costs a part of a command. */
@Timeout(120)
@Isolated
final class CommandsTest {
    private static final int BATCH = 100;
    private static final int DELIVERIES = 5_000;

    @Test
    void byTheBatchADeliveryCostsThreeHundredthsOfACommand() {
        try (var server = RedisServer.start();
                var client = TestRedis.client(server.url())) {
            var queue = RedisDeliveryQueue.create(client);
            var samples = new Samples(Instant::now);
            var subscription = samples.id();
            long before = commands(server);
            for (int i = 0; i < 10; i++) {
                queue.enqueue(Stream.generate(() -> samples.ticket(subscription))
                        .limit(BATCH)
                        .toList());
                var leases = queue.claim(new ClaimRequest(BATCH, Duration.ofMinutes(1), BATCH, Map.of()))
                        .leases();
                assertThat(leases).hasSize(BATCH);
                queue.settle(
                        leases.stream().<Settlement>map(Settlement.Done::new).toList());
            }
            // A script that the server does not know yet is sent twice.
            assertThat(commands(server) - before).isLessThanOrEqualTo(10 * 3 + 3);
        }
    }

    /** What was published elsewhere, by a node with everything in it. */
    @Test
    void aNodeThatDeliversNeedsATenthOfACommandForEachAtMost() {
        try (var server = RedisServer.start();
                var client = TestRedis.client(server.url());
                var pool = TestPostgres.pool(TestPostgres.url());
                var receiver = RecordingReceiver.start();
                var node = WebhookDispatcher.builder(TestPostgres.store(pool, TestPostgres.newSchema()))
                        .queue(RedisDeliveryQueue.create(client))
                        .transport(SocketTransport.builder()
                                .addresses(AddressPolicy.publicOnly().allowing("127.0.0.0/8"))
                                .build())
                        .batchSize(BATCH)
                        .build()) {
            node.subscriptions().create(NewSubscription.to(receiver.url("/hook")));
            long before = commands(server);
            for (int i = 0; i < DELIVERIES / BATCH; i++) {
                node.publish(Collections.nCopies(BATCH, event()));
            }
            node.start();
            receiver.await(all -> all.size() >= DELIVERIES, "all", Duration.ofMinutes(1));
            double each = (commands(server) - before) / (double) DELIVERIES;
            System.out.printf("CommandsTest: %.3f commands a delivery%n", each);
            assertThat(each).isLessThanOrEqualTo(0.1);
        }
    }

    private static WebhookEvent event() {
        return WebhookEvent.of("order.created", "application/json", Bytes.utf8("{}"));
    }

    /** Calls of clients, not those of scripts. */
    private static long commands(RedisServer server) {
        return new String((byte[]) server.command("INFO", "commandstats"), UTF_8)
                .lines()
                .filter(line -> line.startsWith("cmdstat_eval") || line.startsWith("cmdstat_blpop"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^:]*:calls=(\\d+),.*", "$1")))
                .sum();
    }
}
