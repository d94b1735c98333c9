package dev.posthorn.examples.server;

import dev.posthorn.webhook.NotFoundException;
import dev.posthorn.webhook.WebhookDispatcher;
import java.util.UUID;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** Shows deliveries with their payload and attempts. */
@RestController
final class DeliveryController {
    private final WebhookDispatcher webhooks;

    DeliveryController(WebhookDispatcher webhooks) {
        this.webhooks = webhooks;
    }

    @GetMapping({"/delivery/{id}", "/deliveries/{id}"})
    DeliveryJson.Details get(@PathVariable("id") UUID id) {
        return webhooks.deliveries()
                .get(id)
                .map(DeliveryJson.Details::of)
                .orElseThrow(() -> new NotFoundException("no delivery " + id));
    }
}
