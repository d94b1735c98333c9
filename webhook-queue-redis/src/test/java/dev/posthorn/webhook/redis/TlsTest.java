package dev.posthorn.webhook.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.spi.ClaimRequest;
import dev.posthorn.webhook.spi.StoreException;
import dev.posthorn.webhook.tck.Samples;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.SslOptions;

/** A server that is spoken to by TLS, by a user who may do only what is needed. */
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
final class TlsTest {
    private static final String PASSWORD = "changeit";

    @TempDir
    private Path directory;

    @Test
    void theQueueIsUsedByTlsAsAUserOfItsOwn() throws Exception {
        Assumptions.assumeTrue(RedisServer.canTls(), "the server was built without TLS");
        var store = directory.resolve("keys.p12");
        makeKey(store);
        var keys = KeyStore.getInstance("PKCS12");
        try (var file = Files.newInputStream(store)) {
            keys.load(file, PASSWORD.toCharArray());
        }
        var certificate = pem("CERTIFICATE", keys.getCertificate("key").getEncoded());
        var key = pem("PRIVATE KEY", keys.getKey("key", PASSWORD.toCharArray()).getEncoded());
        int tlsPort = RedisServer.freePort();
        try (var server = RedisServer.start(
                "--tls-port",
                Integer.toString(tlsPort),
                "--tls-cert-file",
                certificate.toString(),
                "--tls-key-file",
                key.toString(),
                "--tls-auth-clients",
                "no")) {
            server.command("ACL", "SETUSER", "posthorn", "on", ">secret", "~posthorn:*", "+@connection", "+@scripting");
            server.command("ACL", "SETUSER", "posthorn", "+@read", "+@write", "-@dangerous", "+info", "+time");
            server.command("ACL", "SETUSER", "default", "resetpass", ">other");
            var options = SslOptions.builder()
                    .truststore(trustStore(keys).toFile(), PASSWORD.toCharArray())
                    .trustStoreType("PKCS12")
                    .build();
            try (var trusting = client(tlsPort, options);
                    // Trusts whom Java trusts.
                    var doubting = TestRedis.client("rediss://posthorn:secret@localhost:" + tlsPort)) {
                var queue = RedisDeliveryQueue.builder(trusting).shards(2).build();
                var samples = new Samples(Instant::now);
                queue.enqueue(List.of(samples.ticket(samples.id())));
                assertThat(queue.claim(new ClaimRequest(10, Duration.ofMinutes(1), 10, Map.of()))
                                .leases())
                        .hasSize(1);
                assertThatThrownBy(() -> RedisDeliveryQueue.create(doubting)).isInstanceOf(StoreException.class);
            }
        }
    }

    private static RedisClient client(int port, SslOptions options) {
        return RedisClient.builder()
                .hostAndPort("localhost", port)
                .clientConfig(DefaultJedisClientConfig.builder()
                        .user("posthorn")
                        .password("secret")
                        .ssl(true)
                        .sslOptions(options)
                        .build())
                .build();
    }

    private Path trustStore(KeyStore keys) throws Exception {
        var trust = KeyStore.getInstance("PKCS12");
        trust.load(null, null);
        trust.setCertificateEntry("server", keys.getCertificate("key"));
        var file = directory.resolve("trust.p12");
        try (var stream = Files.newOutputStream(file)) {
            trust.store(stream, PASSWORD.toCharArray());
        }
        return file;
    }

    private Path pem(String what, byte[] content) throws Exception {
        var base64 = Base64.getMimeEncoder(64, "\n".getBytes(US_ASCII)).encodeToString(content);
        return Files.writeString(
                directory.resolve(what.replace(' ', '-') + ".pem"),
                "-----BEGIN " + what + "-----\n" + base64 + "\n-----END " + what + "-----\n");
    }

    private static void makeKey(Path file) throws Exception {
        var keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        var process = new ProcessBuilder(List.of(
                        keytool,
                        "-genkeypair",
                        "-alias",
                        "key",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-validity",
                        "2",
                        "-ext",
                        "san=dns:localhost",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        PASSWORD))
                .inheritIO()
                .start();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }
}
