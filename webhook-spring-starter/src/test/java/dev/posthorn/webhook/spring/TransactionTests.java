package dev.posthorn.webhook.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.zaxxer.hikari.HikariDataSource;
import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.DeliveryQuery;
import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.WebhookPublisher;
import dev.posthorn.webhook.tck.RecordingReceiver;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.event.TransactionPhase;
import org.springframework.transaction.event.TransactionalEventListener;
import org.springframework.transaction.support.TransactionTemplate;

/** Publishing in Spring's transactions: the event is there exactly if the business row is. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class TransactionTests {
    private final boolean autoCommit;
    private final RecordingReceiver receiver = RecordingReceiver.start();
    private ConfigurableApplicationContext context;
    private WebhookDispatcher webhooks;
    private TransactionTemplate transaction;
    private JdbcTemplate jdbc;
    private UUID subscription;

    /** @param autoCommit whether connections from the pool commit each statement, as JDBC has it */
    TransactionTests(boolean autoCommit) {
        this.autoCommit = autoCommit;
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        DataSourceAutoConfiguration.class,
        JdbcTemplateAutoConfiguration.class,
        DataSourceTransactionManagerAutoConfiguration.class,
        TransactionAutoConfiguration.class,
        PosthornAutoConfiguration.class
    })
    static class Application {
        @Bean
        Shop shop(WebhookPublisher webhooks, JdbcTemplate jdbc, ApplicationEventPublisher events) {
            return new Shop(webhooks, jdbc, events);
        }

        @Bean
        Listeners listeners(WebhookPublisher webhooks) {
            return new Listeners(webhooks);
        }
    }

    /** Told as the application's own events. */
    record Ordered(String type) {}

    record Committed(String type) {}

    static class Listeners {
        private final WebhookPublisher webhooks;

        Listeners(WebhookPublisher webhooks) {
            this.webhooks = webhooks;
        }

        @TransactionalEventListener(phase = TransactionPhase.BEFORE_COMMIT)
        public void before(Ordered ordered) {
            webhooks.publish(event(ordered.type));
        }

        @TransactionalEventListener
        public void after(Committed committed) {
            webhooks.publish(event(committed.type));
        }
    }

    static class Shop {
        private final WebhookPublisher webhooks;
        private final JdbcTemplate jdbc;
        private final ApplicationEventPublisher events;

        Shop(WebhookPublisher webhooks, JdbcTemplate jdbc, ApplicationEventPublisher events) {
            this.webhooks = webhooks;
            this.jdbc = jdbc;
            this.events = events;
        }

        @Transactional
        public void order(int id, String type) {
            jdbc.update("INSERT INTO orders VALUES (?)", id);
            webhooks.publish(event(type));
        }

        @Transactional
        public void orderAndTell(Object applicationEvent) {
            events.publishEvent(applicationEvent);
        }

        @Transactional(readOnly = true)
        public void look(String type) {
            webhooks.publish(event(type));
        }

        @Transactional(propagation = Propagation.REQUIRES_NEW)
        public void audit(String type) {
            webhooks.publish(event(type));
        }

        @Transactional(propagation = Propagation.NOT_SUPPORTED)
        public void aside(String type) {
            webhooks.publish(event(type));
        }

        @Transactional(propagation = Propagation.SUPPORTS)
        public void perhaps(String type) {
            jdbc.queryForObject("SELECT count(*) FROM orders", Integer.class);
            webhooks.publish(event(type));
        }
    }

    private static WebhookEvent event(String type) {
        return WebhookEvent.of(type, "text/plain", Bytes.utf8("an order"));
    }

    @BeforeAll
    void start() {
        context = new SpringApplication(Application.class)
                .run(
                        "--spring.main.web-application-type=none",
                        "--spring.datasource.url=" + TestDatabase.create(),
                        "--spring.datasource.hikari.auto-commit=" + autoCommit,
                        "--spring.main.banner-mode=off",
                        "--posthorn.secret-keys=in-the-clear",
                        "--posthorn.transport.allowed-networks=127.0.0.0/8",
                        // So that nothing but being woken makes it quick.
                        "--posthorn.poll-interval=1m");
        webhooks = context.getBean(WebhookDispatcher.class);
        jdbc = context.getBean(JdbcTemplate.class);
        transaction = new TransactionTemplate(context.getBean(PlatformTransactionManager.class));
        transaction.executeWithoutResult(now -> jdbc.execute("CREATE TABLE orders (id integer PRIMARY KEY)"));
        subscription = webhooks.subscriptions()
                .create(NewSubscription.to(receiver.url("/hook")))
                .subscription()
                .id();
    }

    @AfterAll
    void stop() {
        context.close();
        receiver.close();
    }

    /** A type of event that no other test publishes. */
    private static String newType() {
        return "t" + UUID.randomUUID();
    }

    private long deliveries(String type) {
        return webhooks.deliveries()
                .list(DeliveryQuery.ofSubscription(subscription).eventType(type))
                .items()
                .size();
    }

    private long arrived(String type) {
        return receiver.requests().stream()
                .filter(request ->
                        request.header("webhook-event-type").orElse("").equals(type))
                .count();
    }

    private void awaitArrival(String type) {
        Awaitility.await().atMost(RecordingReceiver.PATIENCE).until(() -> arrived(type) == 1);
    }

    @Test
    void whatIsCommittedIsDeliveredAtOnce() {
        var type = newType();
        context.getBean(Shop.class).order(1, type);
        awaitArrival(type);
    }

    @Test
    void beforeTheCommitNothingIsSent() {
        var type = newType();
        transaction.executeWithoutResult(now -> {
            webhooks.publish(event(type));
            webhooks.wake();
            // Another connection does not see it.
            Awaitility.await().until(() -> onAnotherThread(() -> deliveries(type)) == 0);
            assertThat(arrived(type)).isZero();
        });
        awaitArrival(type);
    }

    private static long onAnotherThread(LongSupplier work) {
        return CompletableFuture.supplyAsync(work::getAsLong).join();
    }

    @Test
    void whatIsRolledBackNeverWas() {
        var type = newType();
        context.getBean(Shop.class).order(2, newType());

        assertThatExceptionOfType(DuplicateKeyException.class)
                .isThrownBy(() -> transaction.executeWithoutResult(now -> {
                    webhooks.publish(event(type));
                    webhooks.publishTo(subscription, event(type));
                    context.getBean(Shop.class).order(2, type);
                }));

        assertThat(deliveries(type)).isZero();
        var marker = newType();
        context.getBean(Shop.class).order(3, marker);
        awaitArrival(marker);
        assertThat(arrived(type)).isZero();
    }

    @Test
    void outsideOfATransactionItCommitsByItself() {
        var type = newType();
        webhooks.publish(event(type));
        assertThat(deliveries(type)).isEqualTo(1);
        awaitArrival(type);

        var supported = newType();
        context.getBean(Shop.class).perhaps(supported);
        assertThat(deliveries(supported)).isEqualTo(1);
    }

    @Test
    void aTransactionOfItsOwnIsIndependentOfTheOneAround() {
        var outer = newType();
        var inner = newType();
        var aside = newType();
        transaction.executeWithoutResult(now -> {
            webhooks.publish(event(outer));
            context.getBean(Shop.class).audit(inner);
            awaitArrival(inner);
            context.getBean(Shop.class).aside(aside);
            awaitArrival(aside);
            webhooks.publish(event(outer));
            now.setRollbackOnly();
        });

        assertThat(deliveries(outer)).isZero();
        assertThat(deliveries(inner)).isEqualTo(1);
        assertThat(deliveries(aside)).isEqualTo(1);
    }

    @Test
    void whatIsRolledBackToASavepointIsNotSentWithTheRest() {
        var kept = newType();
        var dropped = newType();
        var nested = new TransactionTemplate(context.getBean(PlatformTransactionManager.class));
        nested.setPropagationBehavior(TransactionDefinition.PROPAGATION_NESTED);
        transaction.executeWithoutResult(now -> {
            webhooks.publish(event(kept));
            nested.executeWithoutResult(inner -> {
                webhooks.publish(event(dropped));
                inner.setRollbackOnly();
            });
        });

        awaitArrival(kept);
        assertThat(deliveries(dropped)).isZero();
    }

    @Test
    void aRefusedEventLeavesTheTransactionAsItIs() {
        var type = newType();
        transaction.executeWithoutResult(now -> {
            assertThatExceptionOfType(InvalidInputException.class)
                    .isThrownBy(() -> webhooks.publish(event("no such type")));
            webhooks.publish(event(type));
        });
        awaitArrival(type);
    }

    @Test
    void inAReadOnlyTransactionItIsRefused() {
        var type = newType();
        assertThatExceptionOfType(IllegalTransactionStateException.class)
                .isThrownBy(() -> context.getBean(Shop.class).look(type))
                .withMessageContaining("read-only");
        assertThat(deliveries(type)).isZero();
    }

    @Test
    void listenersBeforeTheCommitPublishInTheTransaction() {
        var type = newType();
        context.getBean(Shop.class).orderAndTell(new Ordered(type));
        awaitArrival(type);
    }

    @Test
    void listenersAfterTheCommitPublishInATransactionOfTheirOwn() {
        // The connection is still bound then, and whatever is written on it nobody commits, or only by accident.
        var type = newType();
        context.getBean(Shop.class).orderAndTell(new Committed(type));
        assertThat(deliveries(type)).isEqualTo(1);
        awaitArrival(type);
    }

    @Test
    void anotherDatabasesTransactionIsNotJoined() {
        var type = newType();
        try (HikariDataSource other = TestDatabase.pool(TestDatabase.create(), true)) {
            new TransactionTemplate(new DataSourceTransactionManager(other)).executeWithoutResult(now -> {
                // Binds a connection of ours to the thread, which is in no transaction.
                jdbc.queryForObject("SELECT count(*) FROM orders", Integer.class);
                webhooks.publish(event(type));
                assertThat(deliveries(type)).isEqualTo(1);
                now.setRollbackOnly();
            });
        }
        awaitArrival(type);
    }

    @Test
    void aProxyThatJoinsByItselfIsSeenThrough() {
        var behind = context.getBean(DataSource.class);
        assertThat(JoiningPublisher.unwrapped(new TransactionAwareDataSourceProxy(behind)))
                .isSameAs(behind);
    }
}
