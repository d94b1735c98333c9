package dev.posthorn.webhook.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.WebhookTransport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Answers of all kinds: no descriptor is left over. */
@Timeout(120)
class SocketTransportLeakTest {
    private static final AddressPolicy LOOPBACK = AddressPolicy.publicOnly().allowing("127.0.0.0/8");
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    // ~ is the end of a line.
    private static final List<String> ZOO = List.of(
            "",
            "H",
            "HTTP/1.1",
            "HTTP/1.1 200 OK~",
            "HTTP/1.1 200 OK~Content-Le",
            "garbage",
            "garbage~",
            "SSH-2.0-OpenSSH_9.6~",
            "\0\0\0\0",
            "\u0016\u0003\u0001\u0000\u00a5",
            "HTTP/1.1 OK~~",
            "HTTP/2.0 200 OK~~",
            "HTTP/1.1 99 Odd~~",
            "HTTP/1.1 600 Odd~Content-Length: 0~~",
            "HTTP/1.1 101 Switching Protocols~Upgrade: x~Connection: Upgrade~~",
            "HTTP/1.1 200 OK~A B: c~~",
            "HTTP/1.1 200 OK~: c~~",
            "HTTP/1.1 200 OK~no colon~~",
            "HTTP/1.1 200 OK~A: b\0c~~",
            "HTTP/1.1 200 OK~A: b~ folded~~",
            "HTTP/1.1 200 OK~Content-Length: x~~",
            "HTTP/1.1 200 OK~Content-Length: -1~~",
            "HTTP/1.1 200 OK~Content-Length: 1~Content-Length: 2~~xx",
            "HTTP/1.1 200 OK~Content-Length: 10~~short",
            "HTTP/1.1 200 OK~Content-Length: 99999999999999999999~~",
            "HTTP/1.1 200 OK~Transfer-Encoding: chunked~Content-Length: 3~~0~~",
            "HTTP/1.1 200 OK~Transfer-Encoding: gzip~~x",
            "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~zz~",
            "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~ffffffffffffffffff~",
            "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5~hello world~0~~",
            "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5~he",
            "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~2~hi~0~A B: c~~",
            "HTTP/1.1 103 Hints~~".repeat(50),
            "HTTP/1.1 200 OK~" + "A: b~".repeat(1000) + "~",
            "HTTP/1.1 200 OK~A: " + "b".repeat(400_000) + "~~",
            "a".repeat(400_000),
            "HTTP/1.1 200 OK~Content-Length: 1000000~~" + "a".repeat(200_000),
            "HTTP/1.1 204 No Content~~leftover",
            "HTTP/1.1 200 OK~Content-Length: 2~~hileftover");

    @Test
    @EnabledOnOs(OS.LINUX)
    void noDescriptorIsLeftOver() throws Exception {
        var servers = new ArrayList<ScriptedServer>();
        try (var transport = SocketTransport.builder().addresses(LOOPBACK).build()) {
            for (var answer : ZOO) {
                servers.add(ScriptedServer.answering(answer.replace("~", "\r\n")));
            }
            sendToAll(servers, transport, 1);
            awaitClients(servers, 0);
            long before = descriptors();

            sendToAll(servers, transport, 5);

            awaitClients(servers, 0);
            Awaitility.await().untilAsserted(() -> assertThat(descriptors()).isLessThanOrEqualTo(before));
            assertThat(transport.idleConnections()).isZero();
        } finally {
            for (var server : servers) {
                server.close();
            }
        }
    }

    private static void sendToAll(List<ScriptedServer> servers, WebhookTransport transport, int times) {
        for (var server : servers) {
            for (int i = 0; i < times; i++) {
                transport.send(request(server));
            }
        }
    }

    /** The servers are in this process, and their ends of the connections must be closed before counting. */
    private static void awaitClients(List<ScriptedServer> servers, int count) {
        Awaitility.await()
                .untilAsserted(() -> assertThat(
                                servers.stream().mapToInt(ScriptedServer::open).sum())
                        .isEqualTo(count));
    }

    private static long descriptors() throws IOException {
        try (var all = Files.list(DESCRIPTORS)) {
            return all.count();
        }
    }

    private static TransportRequest request(ScriptedServer server) {
        return new TransportRequest(
                UUID.randomUUID(),
                TargetUrl.parse(server.url("/")),
                List.of(),
                Bytes.utf8("{}"),
                Duration.ofSeconds(20));
    }
}
