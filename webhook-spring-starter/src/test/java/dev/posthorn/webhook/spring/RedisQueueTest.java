package dev.posthorn.webhook.spring;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.redis.RedisDeliveryQueue;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.WebhookStore;
import dev.posthorn.webhook.tck.RecordingReceiver;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisException;

/** With Redis, the queue is there. */
@Timeout(120)
class RedisQueueTest {
    private static @Nullable Process server;
    private static String url;

    private final RecordingReceiver receiver = RecordingReceiver.start();
    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(PosthornAutoConfiguration.class))
            .withPropertyValues(
                    "posthorn.transport.allowed-networks=127.0.0.0/8",
                    "posthorn.secret-keys=in-the-clear",
                    "posthorn.poll-interval=1m",
                    "posthorn.redis.key-prefix=t" + UUID.randomUUID());

    /** The one at the URL in {@code WEBHOOK_TEST_REDIS_URL}, else one that is started. */
    @BeforeAll
    static void startServer() throws IOException {
        var given = System.getProperty("WEBHOOK_TEST_REDIS_URL", System.getenv("WEBHOOK_TEST_REDIS_URL"));
        if (given != null) {
            url = given;
            return;
        }
        int port;
        try (var socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        var os = System.getProperty("os.name").startsWith("Mac") ? "darwin" : "linux";
        var arch = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
        var executable = Files.createTempFile("posthorn-redis-server", "");
        try (var binary = RedisQueueTest.class.getResourceAsStream("/redis-server-7.0.15-" + os + "-" + arch)) {
            Files.write(executable, binary.readAllBytes());
        }
        assertThat(executable.toFile().setExecutable(true)).isTrue();
        executable.toFile().deleteOnExit();
        server = new ProcessBuilder(executable.toString(), "--port", "" + port, "--bind", "127.0.0.1", "--save", "")
                .directory(Path.of(System.getProperty("java.io.tmpdir")).toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        url = "redis://127.0.0.1:" + port;
        Awaitility.await().until(RedisQueueTest::answers);
    }

    private static boolean answers() {
        try (var redis = RedisClient.create(URI.create(url))) {
            return redis.ping() != null;
        } catch (JedisException notYet) {
            return false;
        }
    }

    @AfterAll
    static void stopServer() {
        if (server != null) {
            server.destroyForcibly();
        }
    }

    @AfterEach
    void close() {
        receiver.close();
    }

    private ApplicationContextRunner byUrl() {
        return application.withPropertyValues("posthorn.redis.url=" + url);
    }

    private void subscribe(WebhookDispatcher webhooks) {
        webhooks.subscriptions().create(NewSubscription.to(receiver.url("/hook")));
    }

    private static WebhookEvent event() {
        return WebhookEvent.of("a", "text/plain", Bytes.utf8("b"));
    }

    @Test
    void withItsUrlTheQueueIsInRedis() {
        byUrl().run(context -> {
            assertThat(context).hasSingleBean(RedisDeliveryQueue.class);
            assertThat(context.getBean(WebhookStore.class).queue()).isEmpty();
            var webhooks = context.getBean(WebhookDispatcher.class);
            subscribe(webhooks);
            webhooks.publish(event());
            receiver.await(1);
        });
    }

    @Test
    void whatIsPublishedInATransactionIsSentAtOnceAfterTheCommit() {
        var database = TestDatabase.create();
        var pool = TestDatabase.pool(database, true);
        byUrl().withBean(HikariDataSource.class, () -> pool)
                .withBean(PlatformTransactionManager.class, () -> new DataSourceTransactionManager(pool))
                .run(context -> {
                    var webhooks = context.getBean(WebhookDispatcher.class);
                    subscribe(webhooks);
                    var transaction = new TransactionTemplate(context.getBean(PlatformTransactionManager.class));

                    transaction.executeWithoutResult(now -> {
                        webhooks.publish(event());
                        assertThat(context.getBean(DeliveryQueue.class).stats().tickets())
                                .isZero();
                    });
                    // Without being told, the queue would get it when it has been overdue for minutes.
                    receiver.await(1);
                    Awaitility.await()
                            .until(() ->
                                    context.getBean(DeliveryQueue.class).stats().tickets() == 0);

                    transaction.executeWithoutResult(now -> {
                        webhooks.publish(event());
                        now.setRollbackOnly();
                    });
                    assertThat(context.getBean(DeliveryQueue.class).stats().tickets())
                            .isZero();
                });
    }

    @Test
    void withSpringDatasDetailsItIsThere() {
        var address = URI.create(url);
        application
                .withConfiguration(AutoConfigurations.of(DataRedisAutoConfiguration.class))
                .withPropertyValues(
                        "spring.data.redis.host=" + address.getHost(), "spring.data.redis.port=" + address.getPort())
                .run(context -> {
                    assertThat(context).hasSingleBean(RedisDeliveryQueue.class);
                    var webhooks = context.getBean(WebhookDispatcher.class);
                    subscribe(webhooks);
                    webhooks.publish(event());
                    receiver.await(1);
                });
    }

    @Test
    void itsShardsAreShownInSeriesOfTheirOwn() {
        var meters = new SimpleMeterRegistry();
        byUrl().withConfiguration(AutoConfigurations.of(PosthornMetricsAutoConfiguration.class))
                .withBean(MeterRegistry.class, () -> meters)
                .withPropertyValues("posthorn.redis.shards=3", "posthorn.auto-start=false")
                .run(context -> {
                    context.getBean("posthornShardGauges", MeterBinder.class).bindTo(meters);
                    var webhooks = context.getBean(WebhookDispatcher.class);
                    for (int i = 0; i < 20; i++) {
                        subscribe(webhooks);
                    }
                    webhooks.publish(event());

                    // None was read before, so nothing is remembered.
                    assertThat(sum(meters, "posthorn.queue.shard.depth")).isEqualTo(20);
                    assertThat(sum(meters, "posthorn.queue.shard.due")).isEqualTo(20);
                    assertThat(sum(meters, "posthorn.queue.shard.oldest.due")).isNotNegative();
                    for (var name : List.of("depth", "due", "oldest.due")) {
                        assertThat(meters.get("posthorn.queue.shard." + name).gauges().stream()
                                        .map(gauge -> gauge.getId().getTag("shard")))
                                .containsExactlyInAnyOrder("0", "1", "2");
                    }
                });
    }

    private static double sum(MeterRegistry meters, String name) {
        return meters.get(name).gauges().stream().mapToDouble(Gauge::value).sum();
    }

    @Test
    void aStoreOfTheApplicationsKeepsItsOwnQueue() {
        byUrl().withBean(WebhookStore.class, InMemoryWebhookStore::create)
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(DeliveryQueue.class));
    }

    @Test
    void itCanBeLeftOut() {
        byUrl().withPropertyValues("posthorn.redis.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(DeliveryQueue.class));
        byUrl().withClassLoader(new FilteredClassLoader(RedisDeliveryQueue.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(DeliveryQueue.class));
        byUrl().withClassLoader(
                        new FilteredClassLoader("org.springframework.boot.data.redis", "org.springframework.data"))
                .run(context -> assertThat(context).hasNotFailed().hasSingleBean(RedisDeliveryQueue.class));
    }

    @Test
    void wrongSettingsAreRefusedWithoutTheUrl() {
        application
                .withPropertyValues("posthorn.redis.url=http://user:secret@host", "posthorn.lease=1s")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("posthorn.redis.url")
                        .hasMessageContaining("posthorn.lease")
                        .message()
                        .doesNotContain("secret"));
        byUrl().withPropertyValues("posthorn.redis.shards=0", "posthorn.redis.key-prefix={a}", "posthorn.lease=1s")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(InvalidSettingsException.class)
                        .hasMessageContaining("posthorn.redis.shards")
                        .hasMessageContaining("posthorn.redis.key-prefix")
                        .hasMessageContaining("posthorn.lease"));
    }
}
