package dev.posthorn.webhook;

import java.util.List;

/**
 * All there is to know of a delivery.
 *
 * @param delivery where it stands
 * @param event what is delivered
 * @param attempts every attempt recorded so far, oldest first
 */
public record DeliveryDetails(Delivery delivery, PublishedEvent event, List<Attempt> attempts) {
    /** Keeps a copy of the list. */
    public DeliveryDetails {
        attempts = List.copyOf(attempts);
    }
}
