package dev.posthorn.examples.server;

import dev.posthorn.webhook.spring.web.Callers;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Figures for Prometheus. They are of all tenants, and so for those who may see all. */
@RestController
final class MetricsController {
    private static final MediaType TEXT = new MediaType("text", "plain", StandardCharsets.UTF_8);

    private final PrometheusMeterRegistry registry;
    private final Callers callers;

    MetricsController(PrometheusMeterRegistry registry, Callers callers) {
        this.registry = registry;
        this.callers = callers;
    }

    @GetMapping("/metrics")
    ResponseEntity<byte[]> metrics(HttpServletRequest request) {
        if (!callers.of(request).isUnbound()) {
            var problem = ProblemDetail.forStatusAndDetail(
                    HttpStatus.FORBIDDEN, "The figures are of all tenants, and the key is of one.");
            problem.setProperty("errors", List.of());
            throw new ErrorResponseException(HttpStatus.FORBIDDEN, problem, null);
        }
        return ResponseEntity.ok().contentType(TEXT).body(registry.scrape().getBytes(StandardCharsets.UTF_8));
    }
}
