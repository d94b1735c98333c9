package dev.posthorn.webhook.spring.web;

import dev.posthorn.webhook.DeliveryQuery;
import dev.posthorn.webhook.WebhookDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import java.util.UUID;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Shows deliveries with their payload and attempts, tries them again and cancels them. */
@RestController
@RequestMapping(PosthornWebAutoConfiguration.PATH)
final class DeliveryController {
    private final WebhookDispatcher webhooks;
    private final Reach reach;

    DeliveryController(WebhookDispatcher webhooks, Reach reach) {
        this.webhooks = webhooks;
        this.reach = reach;
    }

    @GetMapping("/deliveries")
    ResponseEntity<PageJson<DeliveryJson>> list(HttpServletRequest request) {
        var faults = Faults.inParameters();
        var parameters = new Parameters(request, faults);
        var query = DeliveryParameters.read(parameters, DeliveryQuery.all())
                .subscription(parameters.id("subscription_id"))
                .tenant(reach.caller(request).tenant(parameters.text("tenant"), "tenant", faults));
        parameters.refuseOthers();
        var page = faults.gather(() -> webhooks.deliveries().list(query));
        faults.throwIfAny();
        return Answers.ok(PageJson.of(page.orElseThrow(), DeliveryJson::of));
    }

    @GetMapping({"/delivery/{id}", "/deliveries/{id}"})
    ResponseEntity<DeliveryJson.Details> get(@PathVariable("id") UUID id, HttpServletRequest request) {
        return Answers.ok(DeliveryJson.Details.of(reach.delivery(id, request)));
    }

    @PostMapping("/deliveries/{id}/retry")
    ResponseEntity<DeliveryJson> retry(@PathVariable("id") UUID id, HttpServletRequest request) {
        reach.delivery(id, request);
        return Answers.ok(DeliveryJson.of(webhooks.deliveries().retry(id)));
    }

    @PostMapping("/deliveries/{id}/cancel")
    ResponseEntity<DeliveryJson> cancel(@PathVariable("id") UUID id, HttpServletRequest request) {
        reach.delivery(id, request);
        return Answers.ok(DeliveryJson.of(webhooks.deliveries().cancel(id)));
    }
}
