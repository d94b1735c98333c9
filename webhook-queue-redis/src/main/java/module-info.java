/** Posthorn's queue in Redis. */
@org.jspecify.annotations.NullMarked
// Jedis names its module in its manifest and describes it nowhere.
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"})
module dev.posthorn.webhook.redis {
    requires transitive dev.posthorn.webhook;
    requires transitive redis.clients.jedis;
    requires static transitive org.jspecify;

    exports dev.posthorn.webhook.redis;
}
