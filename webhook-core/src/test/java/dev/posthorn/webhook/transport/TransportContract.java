package dev.posthorn.webhook.transport;

import dev.posthorn.webhook.spi.WebhookTransport;
import org.junit.jupiter.api.Nested;

/** What both transports do. */
abstract class TransportContract extends TransportTests {
    @Nested
    class Answers extends TransportAnswerTests {
        @Override
        WebhookTransport make(AddressPolicy policy, Lookup.Names names, int maxStored, int maxRead) {
            return TransportContract.this.make(policy, names, maxStored, maxRead);
        }
    }

    @Nested
    class Deadlines extends TransportDeadlineTests {
        @Override
        WebhookTransport make(AddressPolicy policy, Lookup.Names names, int maxStored, int maxRead) {
            return TransportContract.this.make(policy, names, maxStored, maxRead);
        }
    }

    @Nested
    class Addresses extends TransportAddressTests {
        @Override
        WebhookTransport make(AddressPolicy policy, Lookup.Names names, int maxStored, int maxRead) {
            return TransportContract.this.make(policy, names, maxStored, maxRead);
        }
    }
}
