package dev.posthorn.webhook.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/** A script that runs in the server, on one shard. Where the server does not know it, it is sent whole. */
final class Script {
    static final Script ENQUEUE = new Script("enqueue");
    static final Script CLAIM = new Script("claim");
    static final Script SETTLE = new Script("settle");
    static final Script REMOVE = new Script("remove");
    static final Script COUNT = new Script("count");
    static final Script STATS = new Script("stats");
    static final Script MARK = new Script("mark");
    static final Script CHECK = new Script("check");
    static final Script SHARDS = new Script("shards");

    private final byte[] text;
    private final byte[] hash;

    private Script(String name) {
        var body = resource(name + ".lua");
        // The first line tells the server what the script may do.
        int firstLine = body.indexOf('\n') + 1;
        text = (body.substring(0, firstLine) + resource("common.lua") + body.substring(firstLine)).getBytes(UTF_8);
        hash = HexFormat.of().formatHex(sha1(text)).getBytes(UTF_8);
    }

    private static String resource(String name) {
        try (var stream = Objects.requireNonNull(Script.class.getResourceAsStream(name), name)) {
            return new String(stream.readAllBytes(), UTF_8);
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    private static byte[] sha1(byte[] text) {
        try {
            return MessageDigest.getInstance("SHA-1").digest(text);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Runs it with these arguments, on the shard with this key. */
    @Nullable
    Object run(UnifiedJedis redis, byte[] shard, List<byte[]> arguments) {
        try {
            return redis.evalsha(hash, List.of(shard), arguments);
        } catch (JedisNoScriptException unknown) {
            return redis.eval(text, List.of(shard), arguments);
        }
    }
}
