package dev.posthorn.webhook.tck;

import dev.posthorn.webhook.spi.WebhookTransport;
import dev.posthorn.webhook.transport.AddressPolicy;
import dev.posthorn.webhook.transport.JdkTransport;

final class JdkTransportContractTest extends TransportContract {
    @Override
    protected WebhookTransport createTransport() {
        return JdkTransport.builder()
                .addresses(AddressPolicy.publicOnly().allowing("127.0.0.0/8"))
                .build();
    }

    /** The JDK's client can be shut down since 21. */
    @Override
    protected boolean closesIdleConnections() {
        return Runtime.version().feature() >= 21;
    }
}
