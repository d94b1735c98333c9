package dev.posthorn.webhook.postgres;

import dev.posthorn.webhook.Attempt;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Attempts that are given to a statement: how it inserts them, and their parameters. */
final class GivenAttempts {
    private static final String[] TYPES = {
        "uuid", "uuid", "bigint", "bigint", "bigint", "text", "bigint", "text", "bigint", "text", "text", "bytea"
    };

    private static final String INSERT = """
            INSERT INTO posthorn_attempt
                    (id, delivery_id, number, started_at, duration_nanos, url, subscription_version, outcome,
                     status_code, error, response_headers, response_body)
                SELECT a.id, a.delivery_id, a.number,
                    timestamptz 'epoch' + a.started_at * interval '1 microsecond', a.duration_nanos, a.url,
                    a.subscription_version, a.outcome, a.status_code, a.error, a.response_headers::json,
                    a.response_body
                FROM %s
                    AS a (id, delivery_id, number, started_at, duration_nanos, url, subscription_version, outcome,
                        status_code, error, response_headers, response_body)""";

    /** For one, given as values. */
    static final String VALUES = INSERT.formatted(GivenRows.values(TYPES));

    /** For any number, given as arrays. */
    static final String ARRAYS = INSERT.formatted(GivenRows.arrays(TYPES));

    private GivenAttempts() {}

    static void bind(GivenRows.Columns<Attempt> attempts) throws SQLException {
        attempts.uuids(Attempt::id)
                .uuids(Attempt::deliveryId)
                .numbers(each -> (long) each.number())
                .numbers(each -> Parameters.micros(each.startedAt()))
                .numbers(each -> each.duration().toNanos())
                .texts(Attempt::url)
                .numbers(Attempt::subscriptionVersion)
                .texts(each -> each.outcome().name())
                .numbers(GivenAttempts::statusCode)
                .texts(Attempt::error)
                .texts(GivenAttempts::headers)
                .bytes(Attempt::responseBody);
    }

    private static @Nullable Long statusCode(Attempt attempt) {
        var code = attempt.statusCode();
        return code == null ? null : (Long) code.longValue();
    }

    private static @Nullable String headers(Attempt attempt) {
        return attempt.responseHeaders().isEmpty() ? null : StoredSettings.write(attempt.responseHeaders());
    }
}
