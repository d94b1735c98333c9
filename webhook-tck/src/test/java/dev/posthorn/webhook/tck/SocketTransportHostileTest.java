package dev.posthorn.webhook.tck;

import dev.posthorn.webhook.spi.WebhookTransport;
import dev.posthorn.webhook.transport.AddressPolicy;
import dev.posthorn.webhook.transport.SocketTransport;
import javax.net.ssl.SSLContext;

final class SocketTransportHostileTest extends HostileEndpointContract {
    @Override
    protected WebhookTransport createTransport(SSLContext context) {
        return SocketTransport.builder()
                .addresses(AddressPolicy.publicOnly().allowing("127.0.0.0/8", "::1"))
                .sslContext(context)
                .build();
    }
}
