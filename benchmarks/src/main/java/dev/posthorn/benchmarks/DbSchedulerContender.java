package dev.posthorn.benchmarks;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.serializer.Serializer;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import dev.posthorn.webhook.Bytes;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * db-scheduler: a one-time task for each delivery, lock-and-fetch by one statement, immediate execution, its data as plain
 * bytes. It deletes what is done and keeps no log.
 */
final class DbSchedulerContender extends Contender {
    private final Calls calls;
    private final HostDataSource dataSource = new HostDataSource(pool);
    private final OneTimeTask<Delivery> task;
    private final SchedulerClient client;
    private volatile @Nullable Scheduler scheduler;

    /** What a task needs. */
    record Delivery(int n, Bytes payload) {}

    DbSchedulerContender(String name, PostgresServer server, Calls calls) throws SQLException {
        super(name, server, 20);
        this.calls = calls;
        server.execute("""
                CREATE TABLE %1$s (
                    task_name text NOT NULL, task_instance text NOT NULL, task_data bytea,
                    execution_time timestamptz NOT NULL, picked boolean NOT NULL, picked_by text,
                    last_success timestamptz, last_failure timestamptz, consecutive_failures int,
                    last_heartbeat timestamptz, version bigint NOT NULL, priority smallint,
                    PRIMARY KEY (task_name, task_instance));
                CREATE INDEX ON %1$s (execution_time);
                CREATE INDEX ON %1$s (last_heartbeat)
                """.formatted(table()));
        task = Tasks.oneTime("deliver", Delivery.class).execute((instance, context) -> {
            var delivery = instance.getData();
            this.calls.post(instance.getId(), delivery.n, delivery.payload);
        });
        client = SchedulerClient.Builder.create(dataSource, task)
                .serializer(new PlainBytes())
                .tableName(table())
                .build();
    }

    private String table() {
        return name().replaceAll("[^a-z]+", "_");
    }

    @Override
    void start() {
        var started = Scheduler.create(dataSource, task)
                .serializer(new PlainBytes())
                .tableName(table())
                .threads(Load.IN_FLIGHT)
                .pollUsingLockAndFetch(0.5, 4.0)
                .pollingInterval(Duration.ofMillis(100))
                .enableImmediateExecution()
                .build();
        started.start();
        scheduler = started;
    }

    @Override
    void stop() {
        var running = scheduler;
        if (running != null) {
            scheduler = null;
            running.stop();
        }
    }

    @Override
    void publish(Connection host, int first, int count, long at) {
        dataSource.within(host, () -> publish(first, count, at));
    }

    @Override
    void publish(int first, int count, long at) {
        var running = scheduler;
        var to = running == null ? client : running;
        var now = Instant.now();
        var tasks = new ArrayList<TaskInstance<?>>(count);
        for (int n = first; n < first + count; n++) {
            var delivery = new Delivery(Load.target(n), Load.payload(at));
            tasks.add(task.instance(UUID.randomUUID().toString(), delivery));
        }
        if (count == 1) {
            to.scheduleIfNotExists(tasks.get(0), now);
        } else {
            to.scheduleBatch(List.copyOf(tasks), now);
        }
    }

    @Override
    String waiting() {
        return "SELECT count(*) FROM " + table();
    }

    private static final class PlainBytes implements Serializer {
        @Override
        public byte[] serialize(@Nullable Object data) {
            if (!(data instanceof Delivery delivery)) {
                return new byte[0];
            }
            return ByteBuffer.allocate(Integer.BYTES + delivery.payload.size())
                    .putInt(delivery.n)
                    .put(delivery.payload.asByteBuffer())
                    .array();
        }

        @Override
        public <T> @Nullable T deserialize(Class<T> type, byte @Nullable [] bytes) {
            if (bytes == null || bytes.length == 0) {
                return null;
            }
            var buffer = ByteBuffer.wrap(bytes);
            int n = buffer.getInt();
            var payload = new byte[buffer.remaining()];
            buffer.get(payload);
            return type.cast(new Delivery(n, Bytes.wrap(payload)));
        }
    }
}
