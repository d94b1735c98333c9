package dev.posthorn.benchmarks;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.postgres.PostgresWebhookStore;
import dev.posthorn.webhook.spi.SecretCipher;
import dev.posthorn.webhook.tck.Samples;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What can be had by hand on Posthorn's own tables: claims of 500, loads by id, senders on Posthorn's transport, records of 500,
 * each of them while the others work. No retries, lanes, limits, breakers, cancelling, health, and nothing is fenced.
 */
final class FloorContender extends Contender {
    private static final int BATCH = 500;
    /** One for each URL, as each delivery is one's. */
    private static final UUID[] SUBSCRIPTIONS = IntStream.range(0, Load.MOST_URLS)
            .mapToObj(i -> new UUID(0x01900000_0000_7000L, 0x8000_0000_0000_0000L | i))
            .toArray(UUID[]::new);

    private static final String PUBLISH = """
            WITH given AS MATERIALIZED (
                SELECT * FROM unnest(?::uuid[], ?::text[], ?::bytea[], ?::uuid[], ?::uuid[])
                    AS g (id, type, payload, delivery_id, subscription_id)
            ),
            event AS (
                INSERT INTO floor.posthorn_event (id, tenant, type, content_type, payload, published_at, deliveries)
                SELECT id, 'default', type, 'application/json', payload, now(), ARRAY[delivery_id] FROM given
            ),
            delivery AS (
                INSERT INTO floor.posthorn_delivery
                    (id, event_id, subscription_id, tenant, event_type, status, version, attempt_count,
                     attempts_this_round, first_due_at, due_at, created_at)
                SELECT delivery_id, id, subscription_id, 'default', type, 'PENDING', 1, 0, 0, now(), now(), now() FROM given
            )
            INSERT INTO floor.posthorn_queue (delivery_id, subscription_id, visible_at)
            SELECT delivery_id, subscription_id, now() FROM given
            """;
    private static final String CLAIM = """
            WITH picked AS MATERIALIZED (
                SELECT delivery_id FROM floor.posthorn_queue
                WHERE visible_at > 'epoch' AND visible_at <= now()
                ORDER BY visible_at LIMIT 500 FOR NO KEY UPDATE SKIP LOCKED
            )
            UPDATE floor.posthorn_queue q
            SET visible_at = now() + interval '1 minute', token = nextval('floor.posthorn_token')
            FROM picked WHERE q.delivery_id = picked.delivery_id
            RETURNING q.delivery_id
            """;
    private static final String DELIVERIES =
            "SELECT id, event_id FROM floor.posthorn_delivery WHERE id = ANY (?) AND id BETWEEN ? AND ?";
    private static final String EVENTS =
            "SELECT id, type, payload FROM floor.posthorn_event WHERE id = ANY (?) AND id BETWEEN ? AND ?";
    private static final String RECORD = """
            WITH attempt AS (
                INSERT INTO floor.posthorn_attempt
                    (id, delivery_id, number, started_at, duration_nanos, url, subscription_version, outcome,
                     status_code, response_headers, response_body)
                SELECT id, delivery_id, 1, now(), nanos, url, 1, 'SUCCEEDED', 204, '[]', ''
                FROM unnest(?::uuid[], ?::uuid[], ?::bigint[], ?::text[]) AS a (id, delivery_id, nanos, url)
            ),
            delivery AS (
                UPDATE floor.posthorn_delivery
                SET status = 'SUCCEEDED', version = 2, attempt_count = 1, due_at = NULL, completed_at = now()
                WHERE id = ANY (?) AND id BETWEEN ? AND ?
            )
            DELETE FROM floor.posthorn_queue WHERE delivery_id = ANY (?)
            """;

    private final Calls calls;
    private final UnaryOperator<String> url;
    private final Samples samples = new Samples(Instant::now);
    private final BlockingQueue<Item> work = new ArrayBlockingQueue<>(2 * BATCH);
    private final BlockingQueue<Done> done = new LinkedBlockingQueue<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean isRunning;
    private volatile @Nullable Thread claiming;

    private record Item(UUID deliveryId, UUID eventId, int n, Bytes payload) {}

    private record Done(UUID deliveryId, int n, long nanos) {}

    /** @param url what is called for a path, and recorded */
    private FloorContender(PostgresServer server, Calls calls, UnaryOperator<String> url) throws SQLException {
        super("floor by hand", server, 12);
        this.calls = calls;
        this.url = url;
        // Makes the tables, and with what it appends those of this day.
        var store = PostgresWebhookStore.builder(pool, SecretCipher.secretsInTheClear())
                .schema("floor")
                .build();
        store.deliveries().append(List.of(samples.publication(samples.event(), samples.ticket(SUBSCRIPTIONS[0]))));
        server.execute(
                "DELETE FROM floor.posthorn_queue WHERE visible_at > 'epoch'; DELETE FROM floor.posthorn_delivery");
    }

    static FloorContender onSockets(PostgresServer server, ReceiverProcess receiver) throws SQLException {
        return new FloorContender(server, Calls.overSockets(receiver), receiver::url);
    }

    /** Claims, loads and records alone. */
    static FloorContender sendingNothing(PostgresServer server) throws SQLException {
        return new FloorContender(server, Calls.none(), path -> "http://127.0.0.1" + path);
    }

    @Override
    void publish(Connection host, int first, int count, long at) throws SQLException {
        var ids = new UUID[count];
        var types = new String[count];
        var payloads = new byte[count][];
        var deliveries = new UUID[count];
        var subscriptions = new UUID[count];
        for (int i = 0; i < count; i++) {
            ids[i] = samples.id();
            deliveries[i] = samples.id();
            types[i] = Load.type(first + i);
            subscriptions[i] = SUBSCRIPTIONS[Load.target(first + i)];
            payloads[i] = Load.payload(at).toByteArray();
        }
        try (var statement = host.prepareStatement(PUBLISH)) {
            statement.setArray(1, host.createArrayOf("uuid", ids));
            statement.setArray(2, host.createArrayOf("text", types));
            statement.setArray(3, host.createArrayOf("bytea", payloads));
            statement.setArray(4, host.createArrayOf("uuid", deliveries));
            statement.setArray(5, host.createArrayOf("uuid", subscriptions));
            statement.executeUpdate();
        }
    }

    @Override
    void publish(int first, int count, long at) throws Exception {
        // It is one statement, and so a transaction by itself.
        try (var connection = pool.getConnection()) {
            publish(connection, first, count, at);
        }
        LockSupport.unpark(claiming);
    }

    @Override
    void start() {
        isRunning = true;
        claiming = run("floor-claim", this::claim);
        run("floor-record", this::record);
        for (int i = 0; i < Load.IN_FLIGHT; i++) {
            run("floor-send", this::send);
        }
    }

    /** A part of it, over and over until it is stopped. */
    private interface Part {
        void once() throws Exception;
    }

    private Thread run(String name, Part part) {
        var thread = new Thread(
                () -> {
                    try {
                        while (isRunning) {
                            part.once();
                        }
                    } catch (Exception problem) {
                        throw new IllegalStateException(problem);
                    }
                },
                name);
        threads.add(thread);
        thread.start();
        return thread;
    }

    private void claim() throws Exception {
        if (work.remainingCapacity() < BATCH) {
            LockSupport.parkNanos(200_000);
            return;
        }
        try (var connection = pool.getConnection()) {
            var ids = new ArrayList<UUID>();
            try (var statement = connection.prepareStatement(CLAIM);
                    var result = statement.executeQuery()) {
                while (result.next()) {
                    ids.add(result.getObject(1, UUID.class));
                }
            }
            if (!ids.isEmpty()) {
                for (var item : load(connection, ids)) {
                    work.put(item);
                }
                if (ids.size() < BATCH) {
                    // Or each publish would have a claim of its own.
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
                }
                return;
            }
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
    }

    private static List<Item> load(Connection connection, List<UUID> ids) throws SQLException {
        var eventIds = new HashMap<UUID, UUID>();
        try (var statement = connection.prepareStatement(DELIVERIES)) {
            bind(connection, statement, 1, ids);
            try (var result = statement.executeQuery()) {
                while (result.next()) {
                    eventIds.put(result.getObject(2, UUID.class), result.getObject(1, UUID.class));
                }
            }
        }
        var items = new ArrayList<Item>();
        try (var statement = connection.prepareStatement(EVENTS)) {
            bind(connection, statement, 1, List.copyOf(eventIds.keySet()));
            try (var result = statement.executeQuery()) {
                while (result.next()) {
                    var eventId = result.getObject(1, UUID.class);
                    int n = Integer.parseInt(result.getString(2).substring("load.".length()));
                    items.add(new Item(
                            eventIds.getOrDefault(eventId, eventId), eventId, n, Bytes.wrap(result.getBytes(3))));
                }
            }
        }
        return items;
    }

    private static void bind(Connection connection, PreparedStatement statement, int at, List<UUID> ids)
            throws SQLException {
        var sorted = ids.toArray(UUID[]::new);
        Arrays.sort(sorted, Comparator.comparing(UUID::toString));
        statement.setArray(at, connection.createArrayOf("uuid", sorted));
        statement.setObject(at + 1, sorted[0]);
        statement.setObject(at + 2, sorted[sorted.length - 1]);
    }

    private void send() throws InterruptedException {
        var item = work.poll(200, TimeUnit.MILLISECONDS);
        if (item != null) {
            long start = System.nanoTime();
            calls.post(item.eventId.toString(), item.n, item.payload);
            done.add(new Done(item.deliveryId, item.n, System.nanoTime() - start));
        }
    }

    private void record() throws Exception {
        var batch = new ArrayList<Done>();
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(20);
        while (batch.size() < BATCH && deadline - System.nanoTime() > 0) {
            var next = done.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (next != null) {
                batch.add(next);
                done.drainTo(batch, BATCH - batch.size());
            }
        }
        if (batch.isEmpty()) {
            return;
        }
        try (var connection = pool.getConnection();
                var statement = connection.prepareStatement(RECORD)) {
            var attempts = batch.stream().map(each -> samples.id()).toArray(UUID[]::new);
            var ids = batch.stream().map(Done::deliveryId).toArray(UUID[]::new);
            var nanos = batch.stream().map(Done::nanos).toArray(Long[]::new);
            var urls = batch.stream().map(each -> url.apply(Load.path(each.n))).toArray(String[]::new);
            statement.setArray(1, connection.createArrayOf("uuid", attempts));
            statement.setArray(2, connection.createArrayOf("uuid", ids));
            statement.setArray(3, connection.createArrayOf("bigint", nanos));
            statement.setArray(4, connection.createArrayOf("text", urls));
            bind(connection, statement, 5, Arrays.asList(ids));
            statement.setArray(8, connection.createArrayOf("uuid", ids));
            statement.executeUpdate();
        }
    }

    @Override
    void stop() throws InterruptedException {
        isRunning = false;
        for (var thread : threads) {
            thread.join();
        }
        threads.clear();
    }

    @Override
    String waiting() {
        return "SELECT count(*) FROM floor.posthorn_queue WHERE visible_at > 'epoch'";
    }
}
