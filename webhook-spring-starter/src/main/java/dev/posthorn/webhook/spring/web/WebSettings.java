package dev.posthorn.webhook.spring.web;

import dev.posthorn.webhook.InvalidInputException;
import dev.posthorn.webhook.InvalidInputException.Fault;
import dev.posthorn.webhook.spring.PosthornProperties;
import java.util.ArrayList;
import java.util.List;

/** What {@code posthorn.web} says. */
final class WebSettings {
    private static final String KEYS = "posthorn.web.api-keys";

    private WebSettings() {}

    /** @throws InvalidInputException naming every fault, without the keys */
    static ApiKeys keys(PosthornProperties.Web web) {
        var text = web.apiKeys();
        if (text == null || text.isBlank()) {
            throw new InvalidInputException(List.of(new Fault(
                    KEYS,
                    "must be set, unless a bean of the type Callers says who is let in; " + ApiKeys.OPEN
                            + " lets everybody in")));
        }
        try {
            return ApiKeys.parse(text.strip());
        } catch (InvalidInputException e) {
            var faults = new ArrayList<Fault>();
            e.faults().forEach(fault -> faults.add(new Fault(KEYS, fault.problem())));
            throw new InvalidInputException(faults);
        }
    }
}
