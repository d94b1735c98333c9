package dev.posthorn.benchmarks;

import dev.posthorn.webhook.Bytes;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jobrunr.jobs.lambdas.JobRequest;
import org.jobrunr.jobs.lambdas.JobRequestHandler;
import org.jobrunr.jobs.mappers.JobMapper;
import org.jobrunr.scheduling.JobRequestScheduler;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.server.JobActivator;
import org.jobrunr.storage.StorageProvider;
import org.jobrunr.storage.sql.common.SqlStorageProviderFactory;
import org.jobrunr.utils.mapper.jackson3.Jackson3JsonMapper;
import org.jspecify.annotations.Nullable;

/**
 * JobRunr, the open edition: a job request for each delivery, polled every 5 s, which is the least it allows. It cannot join a
 * host's transaction, so that each publish is a transaction more. It keeps what is done.
 */
final class JobRunrContender extends Contender {
    private final Jackson3JsonMapper json = new Jackson3JsonMapper();
    private final StorageProvider storage;
    private final JobRequestScheduler scheduler;
    private final JobActivator handlers;
    private @Nullable BackgroundJobServer running;

    /** What a job needs. */
    public record Delivery(String eventId, int n, String payload) implements JobRequest {
        @Override
        public Class<Handler> getJobRequestHandler() {
            return Handler.class;
        }
    }

    /** Sends it. */
    public static final class Handler implements JobRequestHandler<Delivery> {
        private final Calls calls;

        Handler(Calls calls) {
            this.calls = calls;
        }

        @Override
        public void run(Delivery delivery) {
            calls.post(delivery.eventId, delivery.n, Bytes.utf8(delivery.payload));
        }
    }

    JobRunrContender(PostgresServer server, Calls calls) throws SQLException {
        super("JobRunr", server, 20);
        storage = SqlStorageProviderFactory.using(pool);
        storage.setJobMapper(new JobMapper(json));
        scheduler = new JobRequestScheduler(storage);
        var handler = new Handler(calls);
        handlers = new JobActivator() {
            @Override
            public <T> T activateJob(Class<T> type) {
                return type.cast(handler);
            }
        };
    }

    @Override
    void publish(Connection host, int first, int count, long at) {
        publish(first, count, at);
    }

    @Override
    void publish(int first, int count, long at) {
        if (count == 1) {
            scheduler.enqueue(delivery(first, at));
        } else {
            scheduler.enqueue(IntStream.range(first, first + count).mapToObj(n -> delivery(n, at)));
        }
    }

    private static Delivery delivery(int n, long at) {
        return new Delivery(
                UUID.randomUUID().toString(), Load.target(n), Load.payload(at).toUtf8String());
    }

    @Override
    void start() {
        var started = new BackgroundJobServer(
                storage,
                json,
                handlers,
                BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                        .andWorkerCount(Load.IN_FLIGHT)
                        .andPollInterval(Duration.ofSeconds(5)));
        started.start();
        running = started;
    }

    @Override
    void stop() {
        if (running != null) {
            running.stop();
            running = null;
        }
    }

    @Override
    String waiting() {
        return "SELECT count(*) FROM jobrunr_jobs WHERE state IN ('ENQUEUED', 'PROCESSING')";
    }

    @Override
    public void close() {
        storage.close();
        super.close();
    }
}
