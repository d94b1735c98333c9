package dev.posthorn.webhook.spring.web;

import dev.posthorn.webhook.Health;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Says how everything is. Those who may not see everything are told the status only. */
@RestController
@RequestMapping(PosthornWebAutoConfiguration.PATH)
final class HealthController {
    private final HealthProbe probe;
    private final Reach reach;

    HealthController(HealthProbe probe, Reach reach) {
        this.probe = probe;
        this.reach = reach;
    }

    @GetMapping("/health")
    ResponseEntity<HealthJson> health(HttpServletRequest request) {
        var health = probe.health();
        var status = health.status() == Health.Status.DOWN ? HttpStatus.SERVICE_UNAVAILABLE : HttpStatus.OK;
        return Answers.of(status, HealthJson.of(health, reach.caller(request).isUnbound()));
    }
}
