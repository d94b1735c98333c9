package dev.posthorn.webhook.spring;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails.Node;
import org.springframework.boot.ssl.SslBundle;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.RedisSentinelClient;
import redis.clients.jedis.UnifiedJedis;

/** Makes the client for the Redis that an application's details tell of: a cluster, Sentinels' master, or one server. */
final class RedisClients {
    private RedisClients() {}

    static UnifiedJedis of(DataRedisConnectionDetails details) {
        var config = config(details.getUsername(), details.getPassword(), details.getSslBundle());
        var cluster = details.getCluster();
        if (cluster != null) {
            return RedisClusterClient.builder()
                    .nodes(addresses(cluster.getNodes()))
                    .clientConfig(config.build())
                    .build();
        }
        var sentinel = details.getSentinel();
        if (sentinel != null) {
            return RedisSentinelClient.builder()
                    .masterName(sentinel.getMaster())
                    .sentinels(addresses(sentinel.getNodes()))
                    .sentinelClientConfig(config(sentinel.getUsername(), sentinel.getPassword(), details.getSslBundle())
                            .build())
                    .clientConfig(config.database(sentinel.getDatabase()).build())
                    .build();
        }
        var server = details.getStandalone();
        if (server == null) {
            throw new IllegalStateException(
                    "the details of Redis tell neither of a cluster, nor Sentinels, nor a server");
        }
        return RedisClient.builder()
                .hostAndPort(server.getHost(), server.getPort())
                .clientConfig(config.database(server.getDatabase()).build())
                .build();
    }

    private static DefaultJedisClientConfig.Builder config(
            @Nullable String user, @Nullable String password, @Nullable SslBundle bundle) {
        var config = DefaultJedisClientConfig.builder();
        if (user != null) {
            config.user(user);
        }
        if (password != null) {
            config.password(password);
        }
        if (bundle != null) {
            config.ssl(true).sslSocketFactory(bundle.createSslContext().getSocketFactory());
        }
        return config;
    }

    private static Set<HostAndPort> addresses(List<Node> nodes) {
        return nodes.stream()
                .map(node -> new HostAndPort(node.host(), node.port()))
                .collect(Collectors.toSet());
    }
}
