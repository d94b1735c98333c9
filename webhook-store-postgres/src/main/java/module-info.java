/** Posthorn's store and queue in PostgreSQL. */
@org.jspecify.annotations.NullMarked
module dev.posthorn.webhook.postgres {
    requires transitive dev.posthorn.webhook;
    requires transitive java.sql;
    requires static transitive org.jspecify;
    requires org.slf4j;
    requires tools.jackson.databind;

    exports dev.posthorn.webhook.postgres;
}
