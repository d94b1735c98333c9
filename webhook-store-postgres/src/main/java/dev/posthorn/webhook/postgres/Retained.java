package dev.posthorn.webhook.postgres;

/** Conditions that hide what is past the retention before it is removed. */
final class Retained {
    /** Of a row of {@code posthorn_delivery} called {@code d}. */
    static final String DELIVERY = """
            (d.completed_at IS NULL OR d.completed_at >= coalesce(
                :now - (SELECT kept FROM posthorn_retention), timestamptz '-infinity'))
            """;

    /** Of a row of {@code posthorn_event} called {@code e}. */
    static final String EVENT = """
            (e.published_at >= coalesce(:now - (SELECT kept FROM posthorn_retention), timestamptz '-infinity')
                OR EXISTS (SELECT FROM posthorn_delivery d WHERE d.id = ANY (e.deliveries) AND %s))
            """.formatted(DELIVERY);

    private Retained() {}
}
