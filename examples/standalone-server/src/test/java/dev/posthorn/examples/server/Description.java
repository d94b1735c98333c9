package dev.posthorn.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import tools.jackson.databind.JsonNode;

/** {@code openapi.json}, and whether answers are as it says. */
final class Description {
    private static final String LOCATION = "https://posthorn.invalid/openapi.json";
    /** Answered before any route is looked for, or where there is none. */
    private static final Set<Integer> OF_NO_ROUTE = Set.of(404, 405);

    private final JsonNode whole;
    private final SchemaRegistry schemas;
    private final Set<String> seen = new ConcurrentSkipListSet<>();

    private Description(String text) {
        whole = Api.MAPPER.readTree(text);
        schemas = SchemaRegistry.withDefaultDialect(
                SpecificationVersion.DRAFT_2020_12,
                registry -> registry.resourceLoaders(loaders -> loaders.resources(Map.of(LOCATION, text))));
    }

    static Description read() {
        try (var in = Description.class.getResourceAsStream("/dev/posthorn/webhook/spring/web/openapi.json")) {
            return new Description(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    JsonNode json() {
        return whole;
    }

    /** Every operation, as {@code GET /health}. */
    Set<String> operations() {
        var operations = new TreeSet<String>();
        whole.get("paths")
                .forEachEntry((path, item) -> item.propertyNames().stream()
                        .filter(method -> !method.equals("parameters"))
                        .forEach(method -> operations.add(method.toUpperCase(Locale.ROOT) + " " + path)));
        return operations;
    }

    /** The operations that answered, each with a status: {@code GET /health 200}. */
    Set<String> seen() {
        return seen;
    }

    /** Fails unless the answer is as described. */
    void check(String method, String target, HttpResponse<byte[]> response) {
        var path = target.split("\\?", 2)[0];
        var template = template(path);
        var operation =
                template == null ? null : whole.get("paths").get(template).get(method.toLowerCase(Locale.ROOT));
        if (operation == null) {
            assertThat(OF_NO_ROUTE)
                    .as("the status of %s %s, which is not described", method, path)
                    .contains(response.statusCode());
            return;
        }
        var status = Integer.toString(response.statusCode());
        var pointer = "/paths/" + template.replace("~", "~0").replace("/", "~1") + "/" + method.toLowerCase(Locale.ROOT)
                + "/responses/" + status;
        var described = whole.at(pointer);
        assertThat(described.isMissingNode())
                .as("%s %s answers %s, which is not described", method, template, status)
                .isFalse();
        if (described.has("$ref")) {
            pointer = described.get("$ref").stringValue().substring(1);
            described = whole.at(pointer);
        }
        seen.add(method + " " + template + " " + status);
        check(described, pointer, response);
    }

    private void check(JsonNode described, String pointer, HttpResponse<byte[]> response) {
        if (described.has("headers")) {
            for (var header : described.get("headers").propertyNames()) {
                assertThat(response.headers().firstValue(header)).as(header).isPresent();
            }
        }
        var type = response.headers().firstValue("Content-Type").orElse("").split(";", 2)[0];
        if (!described.has("content")) {
            assertThat(response.body()).as("a body that is not described").isEmpty();
            return;
        }
        assertThat(described.get("content").propertyNames())
                .as("described types")
                .contains(type);
        if (type.endsWith("json")) {
            var schema = schemas.getSchema(
                    SchemaLocation.of(LOCATION + "#" + pointer + "/content/" + type.replace("/", "~1") + "/schema"));
            var body = new String(response.body(), StandardCharsets.UTF_8);
            assertThat(schema.validate(
                            body,
                            InputFormat.JSON,
                            execution -> execution.executionConfig(config -> config.formatAssertionsEnabled(true))))
                    .as(body)
                    .isEmpty();
        }
    }

    /** The described path that a path is an instance of. */
    private String template(String path) {
        for (var template : whole.get("paths").propertyNames()) {
            if (path.matches(template.replaceAll("\\{[a-z_]+}", "[^/]+").replace(".", "\\."))) {
                return template;
            }
        }
        return null;
    }
}
