package dev.posthorn.webhook.spring.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.posthorn.webhook.Health;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How everything is; the parts only for those who may see everything. */
record HealthJson(
        Health.Status status,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<Health.Part> parts) {
    static HealthJson of(Health health, boolean withParts) {
        return new HealthJson(health.status(), withParts ? health.parts() : null);
    }
}
