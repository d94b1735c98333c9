package dev.posthorn.webhook.transport;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.spi.TransportRequest;
import dev.posthorn.webhook.spi.WebhookTransport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/**
 * Shows, on Linux, how many descriptors stay open after 100 requests to an endpoint that answers like an SSH server, with
 * {@link java.net.http.HttpClient} and with our own sockets. A program and not a test: what it shows of the former is a
 * fault of the JDK's, which may be mended one day. See docs/adr/0006-own-http-transport.md.
 */
final class LeakProof {
    private static final int REQUESTS = 100;

    private LeakProof() {}

    /** Prints one line for each transport. */
    public static void main(String... args) throws IOException {
        var loopback = AddressPolicy.publicOnly().allowing("127.0.0.0/8");
        try (var server = ScriptedServer.answering("SSH-2.0-OpenSSH_9.6\r\n");
                var jdk = JdkTransport.builder().addresses(loopback).build();
                var sockets = SocketTransport.builder().addresses(loopback).build()) {
            show(jdk, server);
            show(sockets, server);
        }
    }

    private static void show(WebhookTransport transport, ScriptedServer server) throws IOException {
        var request = new TransportRequest(
                UUID.randomUUID(),
                TargetUrl.parse(server.url("/")),
                List.of(),
                Bytes.utf8("{}"),
                Duration.ofSeconds(10));
        // What is opened once and for all.
        transport.send(request);
        long before = openSockets(server);
        for (int i = 0; i < REQUESTS; i++) {
            transport.send(request);
        }
        System.out.printf(
                "Java %s, %s: %d sockets more are open after %d answers that are not HTTP%n",
                Runtime.version(), transport.getClass().getSimpleName(), openSockets(server) - before, REQUESTS);
    }

    /** Without the other ends of the connections, which are the server's and in this process too. */
    private static long openSockets(ScriptedServer server) throws IOException {
        try (var all = Files.list(Path.of("/proc/self/fd"))) {
            return all.filter(LeakProof::isSocket).count() - server.open();
        }
    }

    private static boolean isSocket(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
        } catch (IOException e) {
            return false;
        }
    }
}
