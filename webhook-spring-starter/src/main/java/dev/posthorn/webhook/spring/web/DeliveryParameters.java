package dev.posthorn.webhook.spring.web;

import dev.posthorn.webhook.DeliveryQuery;
import dev.posthorn.webhook.DeliveryStatus;

/** The parameters that every list of deliveries takes. */
final class DeliveryParameters {
    private DeliveryParameters() {}

    static DeliveryQuery read(Parameters parameters, DeliveryQuery query) {
        return query.status(parameters.oneOf("status", DeliveryStatus.class))
                .eventType(parameters.text("event_type"))
                .since(parameters.moment("since"))
                .until(parameters.moment("until"))
                .after(parameters.text("after"))
                .limit(parameters.number("limit", PageJson.LIMIT));
    }
}
