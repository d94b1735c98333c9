package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.spi.Coordination;
import dev.posthorn.webhook.spi.DeliveryQueue;
import dev.posthorn.webhook.spi.DeliveryStore;
import dev.posthorn.webhook.spi.PublicationLog;
import dev.posthorn.webhook.spi.SecretCipher;
import dev.posthorn.webhook.spi.SubscriptionStore;
import dev.posthorn.webhook.spi.TimeSource;
import dev.posthorn.webhook.spi.TransactionalStore;
import java.sql.Connection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A store in PostgreSQL (15 to 18), with a queue of its own. Any number of nodes may share it. It takes connections from a
 * data source for one operation at a time and holds none in between, but for one that a started node keeps to be
 * {@linkplain Builder#withoutWakeUps() woken by}; a pool of ten serves a node. Transactions are its own,
 * whatever the pool's auto-commit default, except for what is {@linkplain #joining published in the host's}. Safe for use by
 * several threads.
 */
public final class PostgresWebhookStore implements TransactionalStore<Connection> {
    private final DataSource dataSource;
    private final SubscriptionStore subscriptions;
    private final DeliveryStore deliveries;
    private final Coordination coordination;
    private final @Nullable DeliveryQueue queue;
    private final PostgresPublicationLog log;

    private PostgresWebhookStore(
            DataSource dataSource, Database database, SecretCipher cipher, boolean hasQueue, boolean wakesUp) {
        this.dataSource = dataSource;
        var partitions = new Partitions(database);
        log = new PostgresPublicationLog(database, partitions, hasQueue);
        subscriptions = new PostgresSubscriptionStore(database, cipher);
        deliveries = new PostgresDeliveryStore(database, partitions, log, hasQueue);
        coordination = new PostgresCoordination(database);
        queue = hasQueue ? queue(database, wakesUp) : null;
    }

    private static DeliveryQueue queue(Database database, boolean wakesUp) {
        return wakesUp ? new PostgresWakingQueue(database) : new PostgresDeliveryQueue(database);
    }

    /**
     * A store with all defaults: tables called {@code posthorn_…} where the connection's search path leads, made or
     * brought up to date now.
     *
     * @param secrets how the secrets of subscriptions are kept: {@link dev.posthorn.webhook.SecretKeys}, or, said in so many
     *     words, {@link SecretCipher#secretsInTheClear()}
     * @throws dev.posthorn.webhook.spi.StoreException if that cannot be done
     */
    public static PostgresWebhookStore create(DataSource dataSource, SecretCipher secrets) {
        return builder(dataSource, secrets).build();
    }

    /**
     * A builder for a store on this data source.
     *
     * @param secrets as for {@link #create}
     */
    public static Builder builder(DataSource dataSource, SecretCipher secrets) {
        return new Builder(dataSource, secrets);
    }

    /**
     * Checks what {@link Builder#schema(String)} and {@link Builder#tablePrefix(String)} are to be given, before anything is made.
     *
     * @param schema {@code null} for none
     * @throws dev.posthorn.webhook.InvalidInputException naming every name that cannot be
     */
    public static void checkNames(@Nullable String schema, String tablePrefix) {
        var unused = new Names(schema, tablePrefix);
    }

    @Override
    public SubscriptionStore subscriptions() {
        return subscriptions;
    }

    @Override
    public DeliveryStore deliveries() {
        return deliveries;
    }

    @Override
    public Coordination coordination() {
        return coordination;
    }

    @Override
    public Optional<DeliveryQueue> queue() {
        return Optional.ofNullable(queue);
    }

    /** Where it takes its connections from. */
    public DataSource dataSource() {
        return dataSource;
    }

    /**
     * {@inheritDoc}
     *
     * <p>After what Posthorn refuses, such as an idempotency key with other content, nothing of it stays and the transaction can go
     * on. Where the database fails a statement the transaction has failed with it, as PostgreSQL has it with any statement: it can be
     * rolled back, or to a savepoint that the host has set before. To append the same again is such a failure.
     *
     * @param transaction a connection that is in a transaction: one with auto-commit on is refused when it is used
     */
    @Override
    public PublicationLog joining(Connection transaction) {
        return log.joining(transaction);
    }

    /** What a store is made with. Used by one thread, once. */
    public static final class Builder {
        private final DataSource dataSource;
        private final SecretCipher secrets;
        private @Nullable String schema;
        private String tablePrefix = "posthorn_";
        private Tables tables = Tables.MIGRATE;
        private boolean hasQueue = true;
        private boolean wakesUp = true;
        private @Nullable TimeSource time;

        private enum Tables {
            MIGRATE,
            CHECK,
            LEAVE
        }

        private Builder(DataSource dataSource, SecretCipher secrets) {
            this.dataSource = Objects.requireNonNull(dataSource);
            this.secrets = Objects.requireNonNull(secrets);
        }

        /**
         * The schema that the tables are in; made if it is not there. By default none is named, and the connection's search
         * path decides. 1 to 40 characters of {@code a-z 0-9 _}.
         */
        public Builder schema(String name) {
            schema = name;
            return this;
        }

        /** What the tables' names begin with; {@code posthorn_} by default. 1 to 40 characters of {@code a-z 0-9 _}. */
        public Builder tablePrefix(String prefix) {
            tablePrefix = prefix;
            return this;
        }

        /** Does not make or change tables, and refuses those of another version: {@link #migrations()} is applied elsewhere. */
        public Builder checkTables() {
            tables = Tables.CHECK;
            return this;
        }

        /** Neither makes nor looks at tables, so that the database need not be there yet. */
        public Builder leaveTables() {
            tables = Tables.LEAVE;
            return this;
        }

        /** Without a queue of its own: the dispatcher is given one from elsewhere. */
        public Builder withoutQueue() {
            hasQueue = false;
            return this;
        }

        /**
         * Neither wakes nodes of other processes when something was published that this one does not deliver, nor is woken by
         * them: they look by themselves, once in the poll interval. By default that is told by {@code NOTIFY}, in a transaction of its
         * own and at most 20 times a second, and a node keeps one connection of the data source for {@code LISTEN} from its
         * start until it is closed. To be used where the pool is too small for that, or the database is behind a proxy that shares
         * connections between transactions.
         */
        public Builder withoutWakeUps() {
            wakesUp = false;
            return this;
        }

        /** Another clock than the database's, for tests that move time. */
        public Builder time(TimeSource clock) {
            time = clock;
            return this;
        }

        /**
         * The statements that make the tables, in numbered steps, with the names set here: for those who apply them by
         * other means. Each step stays as it is for ever; new versions add steps. Whoever applies step <i>n</i> also
         * inserts <i>n</i> into {@code posthorn_schema_version (version integer PRIMARY KEY, applied_at timestamptz NOT
         * NULL DEFAULT now())}.
         */
        public List<String> migrations() {
            return new Schema(database()).steps();
        }

        private Database database() {
            return new Database(dataSource, new Names(schema, tablePrefix), time);
        }

        /**
         * The store.
         *
         * @throws dev.posthorn.webhook.InvalidInputException naming every name that cannot be
         * @throws IllegalStateException if the tables are only to be checked and have another version
         * @throws dev.posthorn.webhook.spi.StoreException if the database cannot be reached
         */
        public PostgresWebhookStore build() {
            var database = database();
            switch (tables) {
                case MIGRATE -> new Schema(database).migrate();
                case CHECK -> new Schema(database).check();
                case LEAVE -> {}
            }
            return new PostgresWebhookStore(dataSource, database, secrets, hasQueue, wakesUp);
        }
    }
}
