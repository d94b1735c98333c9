package dev.posthorn.webhook.spring.web;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.springframework.http.HttpStatus;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads events from JSON, one after another, so that only one of many is a tree in memory. */
final class EventReader {
    /** How many events a request may have. */
    static final int MOST = 1_000;

    /** Stands in for a type that is not there, so that the rest can be checked. */
    private static final String ANY_TYPE = "any";

    /** Takes one value of several. */
    private static final JsonMapper ONE_BY_ONE = JsonFields.MAPPER
            .rebuild()
            .disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final WebhookDispatcher webhooks;
    private final Caller caller;
    private final Faults faults;

    EventReader(WebhookDispatcher webhooks, Caller caller, Faults faults) {
        this.webhooks = webhooks;
        this.caller = caller;
        this.faults = faults;
    }

    /** Reads the one event that a body is. */
    WebhookEvent one(byte[] body) {
        return event(JsonFields.of(body, faults), "");
    }

    /** Reads the events of an array. */
    List<WebhookEvent> array(byte[] body) {
        return read(body, parser -> {
            parser.nextToken();
            var events = new ArrayList<WebhookEvent>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                add(parser, events);
            }
            if (parser.nextToken() != null) {
                throw unreadable("must end after the array");
            }
            return events;
        });
    }

    /** Reads the events that are the lines of a body. */
    List<WebhookEvent> lines(byte[] body) {
        return read(body, parser -> {
            var events = new ArrayList<WebhookEvent>();
            while (parser.nextToken() != null) {
                add(parser, events);
            }
            return events;
        });
    }

    private interface Reading {
        List<WebhookEvent> from(JsonParser parser);
    }

    private List<WebhookEvent> read(byte[] body, Reading reading) {
        List<WebhookEvent> events;
        try (var parser = ONE_BY_ONE.createParser(body)) {
            events = reading.from(parser);
        } catch (JacksonException e) {
            throw unreadable("must be JSON objects with each field once" + JsonFields.place(e));
        }
        if (events.isEmpty()) {
            faults.add("body", "must have at least one event");
        }
        return events;
    }

    private static JsonNode tree(JsonParser parser) {
        try {
            return parser.readValueAsTree();
        } catch (NumberFormatException e) {
            throw unreadable("must be JSON objects with each field once" + JsonFields.UNREADABLE_NUMBER);
        }
    }

    private void add(JsonParser parser, List<WebhookEvent> events) {
        if (events.size() == MOST) {
            throw Problems.of(
                    HttpStatus.CONTENT_TOO_LARGE, "That is too much.", "body", "must be at most " + MOST + " events");
        }
        var node = tree(parser);
        var part = "events[" + events.size() + "]";
        if (!node.isObject()) {
            throw unreadable(part + " must be a JSON object");
        }
        events.add(event(JsonFields.of(node, part + ".", faults), part + "."));
    }

    private static RuntimeException unreadable(String problem) {
        return Problems.of(HttpStatus.BAD_REQUEST, "The body cannot be read.", "body", problem);
    }

    private WebhookEvent event(JsonFields json, String part) {
        var type = json.requiredText("event_type");
        var payload = json.required("payload");
        var headers = json.textMap("headers");
        var event = WebhookEvent.of(
                        type == null ? ANY_TYPE : type,
                        "application/json",
                        payload == null ? Bytes.EMPTY : bytes(payload))
                .headers(headers == null ? Map.of() : headers)
                .tenant(caller.tenant(json.text("tenant"), part + "tenant", faults))
                .idempotencyKey(json.text("idempotency_key"))
                .notBefore(json.moment("not_before"));
        json.refuseOthers();
        faults.addFromCore(part, webhooks.faultsIn(event));
        return event;
    }

    static Bytes bytes(JsonNode payload) {
        var bytes = JsonFields.MAPPER.writeValueAsBytes(payload);
        if (bytes.length > Bodies.MOST_PAYLOAD) {
            throw Bodies.tooLarge("payload", Bodies.MOST_PAYLOAD);
        }
        return Bytes.wrap(bytes);
    }
}
