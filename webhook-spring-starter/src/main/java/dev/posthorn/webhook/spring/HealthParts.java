package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.Health.Part;
import dev.posthorn.webhook.WebhookDispatcher;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

/**
 * Each part of a dispatcher's health as a component. {@code DEGRADED} is no status that Boot counts: it shows, and does not
 * make the application unhealthy.
 */
final class HealthParts implements CompositeHealthContributor {
    private final WebhookDispatcher webhooks;

    HealthParts(WebhookDispatcher webhooks) {
        this.webhooks = webhooks;
    }

    @Override
    public @Nullable HealthContributor getContributor(String name) {
        return stream()
                .filter(entry -> entry.name().equals(name))
                .map(Entry::contributor)
                .findFirst()
                .orElse(null);
    }

    @Override
    public Stream<Entry> stream() {
        return webhooks.health().parts().stream().map(part -> new Entry(part.name(), indicator(part)));
    }

    private static HealthIndicator indicator(Part part) {
        return () -> Health.status(new Status(part.status().name()))
                .withDetail("detail", part.detail())
                .build();
    }
}
