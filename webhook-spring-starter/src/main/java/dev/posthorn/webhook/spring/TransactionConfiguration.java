package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.postgres.PostgresWebhookStore;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.transaction.TransactionExecutionListener;

/** Has publishing join Spring's transactions. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass({ConnectionHolder.class, TransactionExecutionListener.class})
final class TransactionConfiguration {
    /** Static, so that no bean has to be made before those whose making it watches. */
    @Bean
    static TransactionTracker posthornTransactionTracker() {
        return new TransactionTracker();
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(PostgresWebhookStore.class)
    @ConditionalOnBean(PostgresWebhookStore.class)
    static final class OnPostgres {
        @Bean
        @Order(0)
        PublishingLayer posthornJoining(
                PostgresWebhookStore store,
                TransactionTracker transactions,
                ObjectProvider<WebhookDispatcher> webhooks) {
            return own -> new JoiningPublisher(own, store, transactions, webhooks::getObject);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnBean(InMemoryWebhookStore.class)
    static final class InMemory {
        @Bean
        @Order(0)
        PublishingLayer posthornJoining(
                InMemoryWebhookStore store,
                TransactionTracker transactions,
                ObjectProvider<WebhookDispatcher> webhooks) {
            return own -> new MemoryPublisher(own, store, transactions, webhooks::getObject);
        }
    }
}
