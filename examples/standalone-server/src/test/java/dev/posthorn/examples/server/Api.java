package dev.posthorn.examples.server;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.stream.StreamSupport;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/** The server's routes as a client sees them. */
record Api(String url) {
    /** Numbers stay as they were written. */
    static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    /** What every answer is checked against. */
    static final Description DESCRIPTION = Description.read();

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** An answer. Its JSON is a missing node where it has no body. */
    record Reply(int status, HttpResponse<byte[]> response, JsonNode json) {
        String text(String field) {
            return json.get(field).stringValue();
        }

        String header(String name) {
            return response.headers().firstValue(name).orElse(null);
        }

        /** Every fault it names, as {@code field: problem}. */
        List<String> errors() {
            return StreamSupport.stream(json.get("errors").spliterator(), false)
                    .map(fault -> fault.get("field").stringValue() + ": "
                            + fault.get("problem").stringValue())
                    .toList();
        }

        /** The fields that have faults. */
        List<String> faultyFields() {
            return errors().stream().map(error -> error.split(": ", 2)[0]).toList();
        }
    }

    Reply get(String path) {
        return send("GET", path, HttpRequest.newBuilder());
    }

    Reply delete(String path) {
        return send("DELETE", path, HttpRequest.newBuilder());
    }

    Reply post(String path, String json, String... headers) {
        return json("POST", path, json, headers);
    }

    Reply patch(String path, String json, String... headers) {
        return json("PATCH", path, json, headers);
    }

    Reply put(String path, String json, String... headers) {
        return json("PUT", path, json, headers);
    }

    private Reply json(String method, String path, String json, String... headers) {
        var request = HttpRequest.newBuilder().header("Content-Type", "application/json");
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(method, path, request, BodyPublishers.ofString(json));
    }

    Reply ingest(String subscriptionId, byte[] payload, String... headers) {
        var request = HttpRequest.newBuilder();
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send("POST", "/ingest/" + subscriptionId, request, BodyPublishers.ofByteArray(payload));
    }

    Reply send(String method, String path, HttpRequest.Builder request) {
        return send(method, path, request, BodyPublishers.noBody());
    }

    Reply send(String method, String path, HttpRequest.Builder request, HttpRequest.BodyPublisher body) {
        try {
            var response = HTTP.send(
                    request.uri(URI.create(url + path)).method(method, body).build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            DESCRIPTION.check(method, path, response);
            return new Reply(response.statusCode(), response, json(response));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Something that is no route of its own, such as a part of a page. */
    HttpResponse<byte[]> plain(String path) {
        return plain("GET", path, "Accept", "*/*");
    }

    HttpResponse<byte[]> plain(String method, String path, String... headers) {
        try {
            return HTTP.send(
                    HttpRequest.newBuilder(URI.create(url + path))
                            .method(method, BodyPublishers.noBody())
                            .headers(headers)
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static JsonNode json(HttpResponse<byte[]> response) {
        var type = response.headers().firstValue("Content-Type").orElse("");
        return type.contains("json") ? MAPPER.readTree(response.body()) : MissingNode.getInstance();
    }

    /** Creates a subscription and returns its id. */
    String subscribe(String targetUrl, String... eventTypes) {
        var types = eventTypes.length == 0 ? "" : ",\"event_types\":[\"" + String.join("\",\"", eventTypes) + "\"]";
        return post("/subscriptions", "{\"target_url\":\"" + targetUrl + "\"" + types + "}")
                .text("id");
    }

    /** Waits until a delivery has a status. */
    Reply awaitDelivery(String id, String status) {
        return await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .atMost(PATIENCE)
                .until(
                        () -> get("/delivery/" + id),
                        reply -> reply.text("status").equals(status));
    }
}
