package dev.posthorn.webhook.tck;

import dev.posthorn.webhook.spi.WebhookTransport;
import dev.posthorn.webhook.transport.AddressPolicy;
import dev.posthorn.webhook.transport.SocketTransport;

final class SocketTransportContractTest extends TransportContract {
    @Override
    protected WebhookTransport createTransport() {
        return SocketTransport.builder()
                .addresses(AddressPolicy.publicOnly().allowing("127.0.0.0/8"))
                .build();
    }
}
