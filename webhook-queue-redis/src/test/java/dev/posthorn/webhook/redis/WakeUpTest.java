package dev.posthorn.webhook.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.tck.RecordingReceiver;
import dev.posthorn.webhook.tck.Samples;
import dev.posthorn.webhook.transport.AddressPolicy;
import dev.posthorn.webhook.transport.SocketTransport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/** One process publishes, another delivers: it hears of that at once, and asks little while there is nothing. */
@Timeout(120)
@Isolated
final class WakeUpTest {
    private final RedisServer server = RedisServer.start();

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void whoWaitsIsWokenByWhatIsDueOnWhateverShard() throws Exception {
        var samples = new Samples(Instant::now);
        for (int shards : List.of(1, 4)) {
            try (var client = TestRedis.client(server.url())) {
                var queue = RedisDeliveryQueue.builder(client)
                        .keyPrefix("wake" + shards)
                        .shards(shards)
                        .build();
                assertThat(queue.await(Duration.ofMillis(1))).isFalse();
                for (int i = 0; i < 20; i++) {
                    var woken = CompletableFuture.supplyAsync(() -> queue.await(Duration.ofSeconds(20)));
                    queue.enqueue(List.of(samples.ticket(samples.id())));
                    assertThat(woken.get()).isTrue();
                }
                // What nobody waited for is told to who comes next, once.
                queue.enqueue(Stream.generate(() -> samples.ticket(samples.id()))
                        .limit(9)
                        .toList());
                queue.enqueue(List.of(samples.ticket(samples.id())));
                assertThat(queue.await(Duration.ofSeconds(20))).isTrue();
                assertThat(queue.await(Duration.ofMillis(1))).isFalse();
                // What is not due, or leased already, is nothing to claim.
                queue.enqueue(List.of(
                        samples.ticket(samples.id(), Duration.ofMinutes(1)),
                        samples.leasedTicket(samples.id(), Duration.ofMinutes(1))));
                assertThat(queue.await(Duration.ofMillis(1))).isFalse();
            }
        }
    }

    @Test
    void anEventOfOneProcessIsDeliveredByAnotherAtOnceAndIdlingAsksLittle() throws Exception {
        var schema = TestPostgres.newSchema();
        try (var receiver = RecordingReceiver.start();
                var publishersPool = TestPostgres.pool(TestPostgres.url());
                var workersPool = TestPostgres.pool(TestPostgres.url());
                var publishersRedis = TestRedis.client(server.url());
                var workersRedis = TestRedis.client(server.url())) {
            var publisher = WebhookDispatcher.builder(TestPostgres.store(publishersPool, schema))
                    .queue(RedisDeliveryQueue.create(publishersRedis))
                    .transport(loopback())
                    .build();
            publisher.subscriptions().create(NewSubscription.to(receiver.url("/hook")));
            var worker = WebhookDispatcher.builder(TestPostgres.store(workersPool, schema))
                    .queue(RedisDeliveryQueue.create(workersRedis))
                    .transport(loopback())
                    .build();
            try (publisher;
                    worker) {
                worker.start();
                publisher.publish(event());
                receiver.await(1);

                var millis = new ArrayList<Long>();
                for (int i = 0; i < 21; i++) {
                    long before = System.nanoTime();
                    publisher.publish(event());
                    receiver.await(i + 2);
                    millis.add((System.nanoTime() - before) / 1_000_000);
                }
                System.out.println("WakeUpTest: publish to receive in another process, ms: "
                        + millis.stream().sorted().toList());
                assertThat(millis.stream().sorted().toList().get(10)).isLessThan(50);

                // The last outcome is recorded, and its ticket taken off the queue, some time after it was received.
                Awaitility.await().until(() -> worker.state().held() == 0);
                long commands = commands();
                long began = System.nanoTime();
                // Nothing happens meanwhile: what is counted is what idling costs.
                Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> commands() - commands >= 8);
                double perSecond = (commands() - commands) / ((System.nanoTime() - began) / 1e9);
                System.out.printf("WakeUpTest: %.1f commands a second when idle%n", perSecond);
                assertThat(perSecond).isLessThanOrEqualTo(5);
            }
        }
    }

    private static SocketTransport loopback() {
        return SocketTransport.builder()
                .addresses(AddressPolicy.publicOnly().allowing("127.0.0.0/8"))
                .build();
    }

    /** Calls of clients, not those of scripts. */
    private long commands() {
        return new String((byte[]) server.command("INFO", "commandstats"), UTF_8)
                .lines()
                .filter(line -> line.startsWith("cmdstat_eval") || line.startsWith("cmdstat_blpop"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^:]*:calls=(\\d+),.*", "$1")))
                .sum();
    }

    private static WebhookEvent event() {
        return WebhookEvent.json("order.created", Map.of("order", 1));
    }
}
