package dev.posthorn.webhook.spring.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.spi.WebhookStore;
import dev.posthorn.webhook.tck.Answer;
import dev.posthorn.webhook.tck.MovableClock;
import dev.posthorn.webhook.tck.RecordingReceiver;
import java.sql.Connection;
import java.time.Duration;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.datasource.AbstractDataSource;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionTemplate;

/** A test as an application would have it, with a database that is never asked for anything. */
@Timeout(60)
@SpringBootTest(properties = "spring.main.banner-mode=off")
@AutoConfigurePosthornTest
class PosthornTestSupportTest {
    private final WebhookDispatcher webhooks;
    private final WebhookStore store;
    private final RecordingReceiver receiver;
    private final MovableClock clock;
    private final PlatformTransactionManager transactions;
    private final String path = "/" + UUID.randomUUID();

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration(exclude = FlywayAutoConfiguration.class)
    static class Application {
        @Bean
        AbstractDataSource dataSource() {
            return new AbstractDataSource() {
                @Override
                public Connection getConnection() {
                    throw new AssertionError("no database is needed");
                }

                @Override
                public Connection getConnection(String user, String password) {
                    return getConnection();
                }
            };
        }

        @Bean
        PlatformTransactionManager transactions() {
            return new TransactionsOfNothing();
        }
    }

    /** Begins and ends transactions in which nothing takes part. */
    private static final class TransactionsOfNothing extends AbstractPlatformTransactionManager {
        private static final long serialVersionUID = 1L;

        @Override
        protected Object doGetTransaction() {
            return this;
        }

        @Override
        protected void doBegin(Object transaction, TransactionDefinition definition) {}

        @Override
        protected void doCommit(DefaultTransactionStatus status) {}

        @Override
        protected void doRollback(DefaultTransactionStatus status) {}
    }

    @Autowired
    PosthornTestSupportTest(
            WebhookDispatcher webhooks,
            WebhookStore store,
            RecordingReceiver receiver,
            MovableClock clock,
            PlatformTransactionManager transactions) {
        this.webhooks = webhooks;
        this.store = store;
        this.receiver = receiver;
        this.clock = clock;
        this.transactions = transactions;
    }

    private UUID subscription;

    @BeforeEach
    void subscribe() {
        subscription = webhooks.subscriptions()
                .create(NewSubscription.to(receiver.url(path)))
                .subscription()
                .id();
    }

    private void publish() {
        webhooks.publishTo(subscription, WebhookEvent.of("a", "text/plain", Bytes.utf8("b")));
    }

    @Test
    void everythingIsInMemoryThoughThereIsADataSource() {
        assertThat(store).isInstanceOf(InMemoryWebhookStore.class);
    }

    @Test
    void retriesComeWhenTheClockIsMoved() {
        receiver.on(path).next(Answer.status(500));
        publish();
        receiver.await(path, 1);
        Awaitility.await().until(() -> webhooks.state().held() == 0);
        clock.awaitParked(6);
        assertThat(receiver.requests(path)).hasSize(1);

        // In 5 s, and up to a tenth more.
        clock.advance(Duration.ofMillis(5_500));

        receiver.await(path, 2);
    }

    @Test
    void whatIsPublishedInATransactionIsSentAfterTheCommit() {
        new TransactionTemplate(transactions).executeWithoutResult(now -> {
            publish();
            webhooks.wake();
            assertThat(webhooks.state().held()).isZero();
            assertThat(receiver.requests(path)).isEmpty();
        });
        receiver.await(path, 1);
    }

    @Test
    void whatIsPublishedInATransactionThatRollsBackIsNotSent() {
        new TransactionTemplate(transactions).executeWithoutResult(now -> {
            publish();
            now.setRollbackOnly();
        });
        publish();
        receiver.await(path, 1);
        Awaitility.await().until(() -> webhooks.state().held() == 0);
        assertThat(receiver.requests(path)).hasSize(1);
    }

    @Test
    void aReadOnlyTransactionRefusesAsThatOfADatabaseDoes() {
        var readOnly = new TransactionTemplate(transactions);
        readOnly.setReadOnly(true);
        assertThatExceptionOfType(IllegalTransactionStateException.class)
                .isThrownBy(() -> readOnly.executeWithoutResult(now -> publish()));
    }
}
