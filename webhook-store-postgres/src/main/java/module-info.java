/** Posthorn's store and queue in PostgreSQL. */
@org.jspecify.annotations.NullMarked
// The driver names its module in its manifest and describes it nowhere.
@SuppressWarnings("requires-automatic")
module dev.posthorn.webhook.postgres {
    requires transitive dev.posthorn.webhook;
    requires transitive java.sql;
    requires static transitive org.jspecify;
    requires org.postgresql.jdbc;
    requires org.slf4j;
    requires tools.jackson.databind;

    exports dev.posthorn.webhook.postgres;
}
