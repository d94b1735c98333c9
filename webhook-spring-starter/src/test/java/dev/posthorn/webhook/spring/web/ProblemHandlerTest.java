package dev.posthorn.webhook.spring.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.spi.StoreException;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;

class ProblemHandlerTest {
    @Test
    void aStoreThatIsAwayIsWorthAnotherTry() {
        var handler = new ProblemHandler();

        var passing = handler.handle(StoreException.passing("no connection", null));
        var lasting = handler.handle(StoreException.lasting("no such table", null));

        assertThat(passing.getStatusCode()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
        assertThat(passing.getHeaders().getFirst("Retry-After")).isEqualTo("1");
        assertThat(lasting.getStatusCode()).isEqualTo(HttpStatus.INTERNAL_SERVER_ERROR);
        assertThat(String.valueOf(lasting.getBody())).doesNotContain("no such table");
    }
}
