package dev.posthorn.webhook.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.spi.TransportResult.Response;
import dev.posthorn.webhook.spi.WebhookTransport;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class JdkTransportTest extends TransportContract {
    @Override
    WebhookTransport make(AddressPolicy policy, Lookup.Names names, int maxStored, int maxRead) {
        return JdkTransport.builder()
                .addresses(policy)
                .names(names)
                .maxStoredBody(maxStored)
                .maxReadBody(maxRead)
                .build();
    }

    @Test
    void plainHttpIsNeverAskedToChangeToHttp2() throws Exception {
        try (var server = ScriptedServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                var http2 =
                        JdkTransport.builder().addresses(LOOPBACK).http2(true).build()) {
            http2.send(request(server, PLENTY));

            assertThat(server.takeRequest().toLowerCase(Locale.ROOT))
                    .contains(" http/1.1")
                    .doesNotContain("upgrade", "http2");
        }
    }

    @Test
    void atMost200HeaderFieldsAreKept() throws Exception {
        var fields = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            fields.append("X-Many: ").append(i).append("\r\n");
        }
        try (var server = ScriptedServer.answering("HTTP/1.1 200 OK\r\n" + fields + "Content-Length: 0\r\n\r\n")) {
            assertThat(((Response) transport.send(request(server, PLENTY))).headers())
                    .hasSize(200);
        }
    }

    @Test
    void atMost32KilobytesOfHeaderAreKept() throws Exception {
        var fields = ("X-Long: " + "\u00ff".repeat(1000) + "\r\n").repeat(50);
        try (var server = ScriptedServer.answering("HTTP/1.1 200 OK\r\n" + fields + "Content-Length: 0\r\n\r\n")) {
            var headers = ((Response) transport.send(request(server, PLENTY))).headers();

            assertThat(headers).hasSizeGreaterThan(5);
            assertThat(headers.stream()
                            .mapToInt(h -> h.name().length() + h.value().length())
                            .sum())
                    .isLessThanOrEqualTo(32 * 1024);
        }
    }

    @Test
    void everySettingOutOfBoundsIsNamed() {
        assertThatThrownBy(() ->
                        JdkTransport.builder().maxStoredBody(-1).maxReadBody(0).build())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContainingAll("maxStoredBody: ", "maxReadBody: ");
        assertThatThrownBy(() -> JdkTransport.builder()
                        .maxStoredBody(101)
                        .maxReadBody(100)
                        .build())
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("maxStoredBody: must be from 0 to 100 bytes, is 101");
        assertThatThrownBy(() ->
                        JdkTransport.builder().maxReadBody(16 * 1024 * 1024 + 1).build())
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> JdkTransport.builder()
                        .maxReadBody(16 * 1024 * 1024)
                        .maxStoredBody(1024 * 1024 + 1)
                        .build())
                .isInstanceOf(InvalidInputException.class);
    }
}
