package dev.posthorn.webhook.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.spring.web.Caller;
import dev.posthorn.webhook.spring.web.Callers;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** The REST API within an application that has routes and habits of its own. */
class WebTest {
    private static final String KEY = "a-key-for-everything";

    private ConfigurableApplicationContext context;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration(
            exclude = {
                DataSourceAutoConfiguration.class,
                FlywayAutoConfiguration.class,
                DataRedisAutoConfiguration.class
            })
    static class Application {
        @RestController
        static final class Own {
            record Answer(String firstName, String lastName) {}

            @GetMapping("/own")
            Answer own() {
                return new Answer("Zoë", null);
            }

            @GetMapping("/own/broken")
            Answer broken(@RequestParam(defaultValue = "7") String number) {
                if (!number.isEmpty()) {
                    throw new IllegalStateException("the host's own");
                }
                return own();
            }
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Everybody {
        @Bean
        Callers callers() {
            return request -> Caller.of("blue");
        }
    }

    @AfterEach
    void stop() {
        if (context != null) {
            context.close();
        }
    }

    private void start(Class<?> more, String... properties) {
        var all = new ArrayList<>(List.of("--server.port=0", "--spring.main.banner-mode=off"));
        for (var property : properties) {
            all.add("--" + property);
        }
        context = new SpringApplication(Application.class, more).run(all.toArray(String[]::new));
    }

    private HttpResponse<String> send(String method, String path, String body, String... headers) throws Exception {
        var url = "http://localhost:" + context.getEnvironment().getProperty("local.server.port") + path;
        var request = HttpRequest.newBuilder(URI.create(url))
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void itIsNotThereUnlessAskedFor() throws Exception {
        start(Object.class);

        assertThat(context.getBeansOfType(WebhookDispatcher.class)).hasSize(1);
        assertThat(send("GET", "/health", "").statusCode()).isEqualTo(404);
        assertThat(send("GET", "/subscriptions", "").statusCode()).isEqualTo(404);
    }

    @Test
    void itIsUnderAPathAndLeavesTheRestAlone() throws Exception {
        start(
                Object.class,
                "posthorn.web.enabled=true",
                "posthorn.web.path=/hooks",
                "posthorn.web.api-keys=" + KEY,
                "spring.jackson.property-naming-strategy=UPPER_CAMEL_CASE",
                "spring.jackson.default-property-inclusion=non_null");

        var created = send(
                "POST",
                "/hooks/subscriptions",
                "{\"target_url\":\"https://example.com/\"}",
                "X-API-Key",
                KEY,
                "Accept",
                "text/html");
        assertThat(created.statusCode()).isEqualTo(201);
        assertThat(created.headers().firstValue("Location").orElseThrow()).startsWith("/hooks/subscriptions/");
        assertThat(created.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(created.body()).contains("\"target_url\":\"https://example.com/\"", "\"description\":null");
        assertThat(send("GET", "/hooks/subscriptions", "").statusCode()).isEqualTo(401);
        assertThat(send("GET", "/subscriptions", "").statusCode()).isEqualTo(404);
        assertThat(send("GET", "/hooks/health", "").body()).isEqualTo("{\"status\":\"UP\"}");
        assertThat(send("GET", "/hooks/openapi.json", "").body()).contains("\"openapi\": \"3.1.0\"");
        var refused = send("GET", "/hooks/subscriptions?limit=many", "", "X-API-Key", KEY);
        assertThat(refused.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(refused.body()).contains("\"field\":\"limit\"");

        assertThat(send("GET", "/own", "").body()).isEqualTo("{\"FirstName\":\"Zoë\"}");
        var broken = send("GET", "/own/broken", "");
        assertThat(broken.statusCode()).isEqualTo(500);
        assertThat(broken.headers().firstValue("Content-Type")).hasValue("application/json");
    }

    @Test
    void theApplicationCanSayItselfWhoSeesWhat() throws Exception {
        start(Everybody.class, "posthorn.web.enabled=true");

        var created = send("POST", "/subscriptions", "{\"target_url\":\"https://example.com/\"}");

        assertThat(created.statusCode()).isEqualTo(201);
        assertThat(created.body()).contains("\"tenant\":\"blue\"");
        assertThat(send("POST", "/events", "{\"event_type\":\"a\",\"payload\":1,\"tenant\":\"red\"}")
                        .statusCode())
                .isEqualTo(422);
    }

    @Test
    void itDoesNotStartUnguarded() {
        assertThatThrownBy(() -> start(Object.class, "posthorn.web.enabled=true"))
                .hasStackTraceContaining("posthorn.web.api-keys")
                .hasStackTraceContaining("must be set");
        assertThatThrownBy(() -> start(
                        Object.class,
                        "posthorn.web.enabled=true",
                        "posthorn.web.api-keys=short",
                        "posthorn.web.path=hooks"))
                .hasStackTraceContaining("posthorn.web.api-keys")
                .hasStackTraceContaining("posthorn.web.path");
    }
}
