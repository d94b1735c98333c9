package dev.posthorn.examples.shop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.DeliveryQuery;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookVerifier;
import dev.posthorn.webhook.tck.ReceivedRequest;
import dev.posthorn.webhook.tck.RecordingReceiver;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** The whole service on a PostgreSQL of its own, with an endpoint that records what it is sent. */
@Timeout(120)
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "posthorn.transport.allowed-networks=127.0.0.0/8",
            "posthorn.postgres.schema=webhooks",
            "spring.main.banner-mode=off"
        })
class ShopApplicationTest {
    private static RecordingReceiver receiver;

    private final HttpClient client = HttpClient.newHttpClient();

    @Autowired
    private Environment environment;

    @Autowired
    private WebhookDispatcher webhooks;

    @Autowired
    private JdbcClient database;

    @DynamicPropertySource
    static void database(DynamicPropertyRegistry registry) throws IOException {
        var given = System.getProperty("WEBHOOK_TEST_POSTGRES_URL", System.getenv("WEBHOOK_TEST_POSTGRES_URL"));
        var url = given != null ? given : EmbeddedPostgres.start().getJdbcUrl("postgres", "postgres");
        registry.add("spring.datasource.url", () -> url);
    }

    @BeforeAll
    static void start() {
        receiver = RecordingReceiver.start();
    }

    @AfterAll
    static void stop() {
        receiver.close();
    }

    private int place(int id, String item) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + environment.getProperty("local.server.port") + "/orders"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"id\": " + id + ", \"item\": \"" + item + "\"}"))
                .build();
        return client.send(request, BodyHandlers.discarding()).statusCode();
    }

    private long orders() {
        return database.sql("SELECT count(*) FROM orders").query(Long.class).single();
    }

    @Test
    void anOrderThatCommitsIsToldAndOneThatRollsBackIsNot() throws Exception {
        var created = webhooks.subscriptions()
                .create(NewSubscription.to(receiver.url("/hooks")).eventTypes("order.*"));

        assertThat(place(1, "a horn")).isEqualTo(201);

        var request = receiver.await(1).get(0);
        assertThat(text(request)).isEqualTo("{\"id\":1,\"item\":\"a horn\"}");
        assertThat(request.header("webhook-event-type")).contains("order.created");
        WebhookVerifier.of(created.secret().reveal())
                .verify(
                        name -> request.header(name).orElse(null),
                        request.body().toByteArray());

        // The event is published before the row turns out to be there already.
        assertThat(place(1, "another horn")).isEqualTo(409);

        assertThat(orders()).isEqualTo(1);
        assertThat(webhooks.deliveries()
                        .list(DeliveryQuery.ofSubscription(
                                created.subscription().id()))
                        .items())
                .hasSize(1);
        assertThat(place(2, "a bell")).isEqualTo(201);
        assertThat(receiver.await(2)).extracting(ShopApplicationTest::text).noneMatch(body -> body.contains("another"));
    }

    private static String text(ReceivedRequest request) {
        return request.body().toUtf8String();
    }
}
