package dev.posthorn.webhook.spring;

import dev.posthorn.webhook.ConflictException;
import dev.posthorn.webhook.DeliveryStatus;
import dev.posthorn.webhook.DispatcherState;
import dev.posthorn.webhook.Health;
import dev.posthorn.webhook.LaneState;
import dev.posthorn.webhook.NotFoundException;
import dev.posthorn.webhook.WebhookDispatcher;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;

/** What an operator can see and do of one node. */
@Endpoint(id = "posthorn")
final class PosthornEndpoint {
    private final WebhookDispatcher webhooks;

    PosthornEndpoint(WebhookDispatcher webhooks) {
        this.webhooks = webhooks;
    }

    /**
     * How the node is.
     *
     * @param state in figures
     * @param health judged
     */
    record Node(DispatcherState state, Health health) {}

    /**
     * A delivery that was tried again.
     *
     * @param delivery its id
     * @param status what it is now
     */
    record Retried(UUID delivery, DeliveryStatus status) {}

    /**
     * What was asked was not done.
     *
     * @param problem why, in words
     */
    record Refused(String problem) {}

    @ReadOperation
    Node node() {
        return new Node(webhooks.state(), webhooks.health());
    }

    @ReadOperation
    LaneState lane(@Selector UUID subscription) {
        return webhooks.lane(subscription);
    }

    /**
     * Does something.
     *
     * @param action {@code pause}, {@code resume} or {@code retry}
     * @param delivery which one to try again
     */
    @WriteOperation
    Object act(@Selector String action, @Nullable UUID delivery) {
        switch (action) {
            case "pause" -> webhooks.pause();
            case "resume" -> webhooks.resume();
            case "retry" -> {
                return delivery == null ? refused(400, "retry needs the id of a delivery") : retry(delivery);
            }
            default -> {
                return refused(400, "the actions are pause, resume and retry, not " + action);
            }
        }
        return node();
    }

    private Object retry(UUID delivery) {
        try {
            return new Retried(delivery, webhooks.deliveries().retry(delivery).status());
        } catch (NotFoundException none) {
            return refused(404, none.getMessage());
        } catch (ConflictException cannot) {
            return refused(409, cannot.getMessage());
        }
    }

    private static WebEndpointResponse<Refused> refused(int status, @Nullable String problem) {
        return new WebEndpointResponse<>(new Refused(String.valueOf(problem)), status);
    }
}
