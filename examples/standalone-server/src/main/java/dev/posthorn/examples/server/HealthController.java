package dev.posthorn.examples.server;

import dev.posthorn.webhook.Health;
import dev.posthorn.webhook.WebhookDispatcher;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Says how the dispatcher is. */
@RestController
final class HealthController {
    private final WebhookDispatcher webhooks;

    HealthController(WebhookDispatcher webhooks) {
        this.webhooks = webhooks;
    }

    @GetMapping("/health")
    ResponseEntity<Health> health() {
        var health = webhooks.health();
        var status = health.status() == Health.Status.DOWN ? HttpStatus.SERVICE_UNAVAILABLE : HttpStatus.OK;
        return ResponseEntity.status(status).body(health);
    }
}
