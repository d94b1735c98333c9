package dev.posthorn.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.tck.RecordingReceiver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class PlainJavaTest {
    @Test
    @Timeout(30)
    void deliversOneSignedEventAndEnds() throws Exception {
        try (var receiver = RecordingReceiver.start()) {
            PlainJava.main(new String[] {receiver.url("/hooks")});

            assertThat(receiver.requests()).singleElement().satisfies(request -> {
                assertThat(request.path()).isEqualTo("/hooks");
                assertThat(request.body()).isEqualTo(Bytes.utf8("{\"order\":42}"));
                assertThat(request.header("webhook-event-type")).hasValue("order.created");
                assertThat(request.header("webhook-signature"))
                        .hasValueSatisfying(signature -> assertThat(signature).startsWith("v1,"));
            });
        }
    }
}
