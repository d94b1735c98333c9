package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.JoinedPublisher;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.transaction.ConfigurableTransactionManager;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Knows the transactions that Spring has begun on this thread, and which connections are theirs. What is bound to the thread
 * does not tell: a connection may be bound by one who reads beside another database's transaction, and it stays bound while
 * listeners are told that its transaction has committed, when nobody will commit any more. So every transaction manager is
 * listened to.
 */
final class TransactionTracker implements BeanPostProcessor {
    private final ThreadLocal<List<Tracked>> open = ThreadLocal.withInitial(ArrayList::new);

    /** One transaction, from its begin until it ends. */
    static final class Tracked {
        private final TransactionExecution transaction;
        private final List<ConnectionHolder> connections;
        private boolean isEnding;
        private @Nullable JoinedPublisher publisher;

        private Tracked(TransactionExecution transaction, List<ConnectionHolder> connections) {
            this.transaction = transaction;
            this.connections = connections;
        }

        /** @throws IllegalTransactionStateException if nothing can be written in it */
        void checkWritable() {
            if (transaction.isReadOnly()) {
                throw new IllegalTransactionStateException("an event cannot be published in a read-only transaction: "
                        + "make it one that writes, or publish outside of it (NOT_SUPPORTED or REQUIRES_NEW)");
            }
        }

        /** The one publisher into it. */
        JoinedPublisher publisher(Supplier<JoinedPublisher> made) {
            if (publisher == null) {
                publisher = made.get();
            }
            return publisher;
        }
    }

    /** The transaction that this connection is in and that will still commit or roll back; {@code null} if there is none. */
    @Nullable
    Tracked of(ConnectionHolder connection) {
        for (var tracked : open.get()) {
            if (tracked.connections.contains(connection) && !tracked.isEnding) {
                return tracked;
            }
        }
        return null;
    }

    /** The innermost transaction that will still commit or roll back, whatever it is on; {@code null} if there is none. */
    @Nullable
    Tracked innermost() {
        Tracked innermost = null;
        if (TransactionSynchronizationManager.isActualTransactionActive()) {
            for (var tracked : open.get()) {
                innermost = tracked.isEnding ? innermost : tracked;
            }
        }
        return innermost;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        if (bean instanceof ConfigurableTransactionManager manager) {
            manager.addListener(new Listener());
        }
        return bean;
    }

    // Not a bean: Boot would have it told everything a second time.
    private final class Listener implements TransactionExecutionListener {
        @Override
        public void afterBegin(TransactionExecution transaction, @Nullable Throwable failure) {
            if (failure == null && transaction.isNewTransaction() && !transaction.isNested()) {
                open.get().add(new Tracked(transaction, newConnections()));
            }
        }

        private List<ConnectionHolder> newConnections() {
            return TransactionSynchronizationManager.getResourceMap().values().stream()
                    .filter(ConnectionHolder.class::isInstance)
                    .map(ConnectionHolder.class::cast)
                    .filter(connection -> of(connection) == null)
                    .toList();
        }

        @Override
        public void beforeCommit(TransactionExecution transaction) {
            open.get().forEach(tracked -> tracked.isEnding |= tracked.transaction == transaction);
        }

        @Override
        public void beforeRollback(TransactionExecution transaction) {
            beforeCommit(transaction);
        }

        @Override
        public void afterCommit(TransactionExecution transaction, @Nullable Throwable failure) {
            var ended = remove(transaction);
            // After a failure nobody knows; what was committed all the same is found without being told.
            if (ended != null && ended.publisher != null && failure == null) {
                ended.publisher.committed();
            }
        }

        @Override
        public void afterRollback(TransactionExecution transaction, @Nullable Throwable failure) {
            remove(transaction);
        }

        private @Nullable Tracked remove(TransactionExecution transaction) {
            var all = open.get();
            Tracked removed = null;
            for (var tracked : List.copyOf(all)) {
                if (tracked.transaction == transaction) {
                    all.remove(tracked);
                    removed = tracked;
                }
            }
            if (all.isEmpty()) {
                open.remove();
            }
            return removed;
        }
    }
}
