/** Posthorn's core: the API, the interfaces it stands on, the delivery engine, and in-memory adapters. */
@org.jspecify.annotations.NullMarked
module dev.posthorn.webhook {
    requires transitive java.net.http;
    requires transitive static org.jspecify;
    requires com.github.benmanes.caffeine;
    requires org.slf4j;
    requires tools.jackson.databind;

    exports dev.posthorn.webhook;
    exports dev.posthorn.webhook.memory;
    exports dev.posthorn.webhook.spi;
    exports dev.posthorn.webhook.transport;
}
