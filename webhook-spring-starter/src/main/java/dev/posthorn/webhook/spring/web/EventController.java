package dev.posthorn.webhook.spring.web;

import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Takes events to all that want them, and shows them. */
@RestController
@RequestMapping(PosthornWebAutoConfiguration.PATH + "/events")
final class EventController {
    private final WebhookDispatcher webhooks;
    private final Reach reach;
    private final Bodies bodies;

    EventController(WebhookDispatcher webhooks, Reach reach, Bodies bodies) {
        this.webhooks = webhooks;
        this.reach = reach;
        this.bodies = bodies;
    }

    /** One event, or an array of them. Their payloads are parts of the body, and sent as JSON. */
    @PostMapping(consumes = "application/json")
    ResponseEntity<?> publish(HttpServletRequest request) {
        return bodies.read(request, Bodies.MOST_EVENTS, body -> {
            var faults = Faults.inBody();
            var reader = new EventReader(webhooks, reach.caller(request), faults);
            if (isArray(body)) {
                return publish(reader.array(body), faults);
            }
            if (body.length > Bodies.MOST_JSON) {
                throw Bodies.tooLarge("body", Bodies.MOST_JSON);
            }
            var event = reader.one(body);
            faults.throwIfAny();
            return Answers.of(HttpStatus.ACCEPTED, ReceiptJson.of(webhooks.publish(event)));
        });
    }

    /** Events, each on a line of its own. */
    @PostMapping(consumes = "application/x-ndjson")
    ResponseEntity<PageJson<ReceiptJson>> publishLines(HttpServletRequest request) {
        return bodies.read(request, Bodies.MOST_EVENTS, body -> {
            var faults = Faults.inBody();
            return publish(new EventReader(webhooks, reach.caller(request), faults).lines(body), faults);
        });
    }

    /** All of them or none. */
    private ResponseEntity<PageJson<ReceiptJson>> publish(List<WebhookEvent> events, Faults faults) {
        faults.throwIfAny();
        var receipts = webhooks.publish(events).stream().map(ReceiptJson::of).toList();
        return Answers.of(HttpStatus.ACCEPTED, new PageJson<>(receipts, null));
    }

    private static boolean isArray(byte[] body) {
        int start = 0;
        while (start < body.length && Character.isWhitespace(body[start])) {
            start++;
        }
        return start < body.length && body[start] == '[';
    }

    @GetMapping("/{id}")
    ResponseEntity<EventJson> get(@PathVariable("id") UUID id, HttpServletRequest request) {
        return Answers.ok(EventJson.of(reach.event(id, request)));
    }
}
