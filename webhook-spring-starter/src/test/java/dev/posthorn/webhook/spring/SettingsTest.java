package dev.posthorn.webhook.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.InvalidInputException.Fault;
import dev.posthorn.webhook.WebhookDispatcher;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import tools.jackson.databind.json.JsonMapper;

/** Every setting arrives, and what is wrong is refused at the start. */
@Timeout(60)
class SettingsTest {
    private final ApplicationContextRunner application =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(PosthornAutoConfiguration.class));

    private List<String> faultsOf(String... properties) {
        var names = new ArrayList<String>();
        application.withPropertyValues(properties).run(context -> {
            assertThat(context).getFailure().rootCause().isInstanceOf(InvalidSettingsException.class);
            var failure = (InvalidSettingsException) root(context.getStartupFailure());
            failure.faults().stream().map(Fault::field).forEach(names::add);
            var analysis = new InvalidSettingsFailureAnalyzer().analyze(context.getStartupFailure());
            assertThat(analysis.getDescription()).contains(names);
        });
        return names;
    }

    private static Throwable root(Throwable failure) {
        return failure.getCause() == null ? failure : root(failure.getCause());
    }

    @Test
    void everythingThatIsOutOfBoundsIsNamedAtOnce() {
        var faults = faultsOf(
                "posthorn.shutdown-timeout=-1s",
                "posthorn.node-id=",
                "posthorn.secret-keys=main",
                "posthorn.max-in-flight=1",
                "posthorn.max-in-flight-per-subscription=0",
                "posthorn.rate-limit.attempts=0",
                "posthorn.rate-limit.per=2h",
                "posthorn.rate-limit.burst=0",
                "posthorn.breaker.failures-in-a-row=0",
                "posthorn.breaker.failure-ratio=2",
                "posthorn.breaker.first-pause=2h",
                "posthorn.breaker.longest-pause=2d",
                "posthorn.batch-size=0",
                "posthorn.held-bytes=1KB",
                "posthorn.lease=2h",
                "posthorn.timeout=3h",
                "posthorn.retry.delays=1s,-1s",
                "posthorn.retry.jitter=2",
                "posthorn.expiry-grace=31d",
                "posthorn.longest-retry-after=25h",
                "posthorn.poll-interval=1ms",
                "posthorn.retention=1s",
                "posthorn.disable-after=1s",
                "posthorn.max-pending-per-subscription=0",
                "posthorn.max-pending-per-tenant=0",
                "posthorn.max-payload-bytes=17MB",
                "posthorn.transport.allowed-networks=10.0.0.0/8,10.0.0.1/8",
                "posthorn.transport.allowed-hosts=10.0.0.1",
                "posthorn.transport.allowed-ports=443,0",
                "posthorn.transport.max-stored-body=2MB",
                "posthorn.transport.max-read-body=17MB",
                "posthorn.transport.ssl-bundle=none",
                "posthorn.transport.proxy.url=http://proxy/path",
                "posthorn.transport.proxy.user=me",
                "posthorn.transport.proxy.password=secret");

        assertThat(faults)
                .contains(
                        "posthorn.shutdown-timeout",
                        "posthorn.node-id",
                        "posthorn.secret-keys",
                        "posthorn.max-in-flight",
                        "posthorn.max-in-flight-per-subscription",
                        "posthorn.rate-limit.attempts",
                        "posthorn.rate-limit.per",
                        "posthorn.rate-limit.burst",
                        "posthorn.breaker.failures-in-a-row",
                        "posthorn.breaker.failure-ratio",
                        "posthorn.breaker.first-pause",
                        "posthorn.breaker.longest-pause",
                        "posthorn.batch-size",
                        "posthorn.held-bytes",
                        "posthorn.lease",
                        "posthorn.timeout",
                        "posthorn.retry.delays[1]",
                        "posthorn.retry.jitter",
                        "posthorn.expiry-grace",
                        "posthorn.longest-retry-after",
                        "posthorn.poll-interval",
                        "posthorn.retention",
                        "posthorn.disable-after",
                        "posthorn.max-pending-per-subscription",
                        "posthorn.max-pending-per-tenant",
                        "posthorn.max-payload-bytes",
                        "posthorn.transport.allowed-networks[1]",
                        "posthorn.transport.allowed-hosts[0]",
                        "posthorn.transport.allowed-ports[1]",
                        "posthorn.transport.max-stored-body",
                        "posthorn.transport.max-read-body",
                        "posthorn.transport.ssl-bundle",
                        "posthorn.transport.proxy.url");
    }

    @Test
    void whatContradictsIsRefused() {
        assertThat(faultsOf("posthorn.lease=19s")).containsExactly("posthorn.lease");
        assertThat(faultsOf("posthorn.rate-limit.burst=3")).containsExactly("posthorn.rate-limit.attempts");
        assertThat(faultsOf("posthorn.transport.proxy.user=me")).containsExactly("posthorn.transport.proxy.url");
        assertThat(faultsOf("posthorn.transport.proxy.url=http://p", "posthorn.transport.proxy.user=me"))
                .containsExactly("posthorn.transport.proxy.password");
    }

    @Test
    void aNameThatIsNoneIsRefused() {
        application
                .withPropertyValues("posthorn.max-flights=1", "posthorn.retries=3")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("posthorn.max-flights")
                        .hasMessageContaining("posthorn.retries"));
    }

    @Test
    void whatCannotBeReadIsNamedTogetherWithAllElse() {
        assertThat(faultsOf(
                        "posthorn.lease=long",
                        "posthorn.batch-size=many",
                        "posthorn.max-in-flight=none",
                        "posthorn.held-bytes=huge",
                        "posthorn.auto-start=perhaps",
                        "posthorn.breaker.failure-ratio=half",
                        "posthorn.retry.delays=1s,later",
                        "posthorn.retry.jitter=2",
                        "posthorn.postgres.tables=drop",
                        "posthorn.transport.allowed-ports[0]=443",
                        "posthorn.transport.allowed-ports[1]=https",
                        "posthorn.transport.allowed-ports[2]=81",
                        "posthorn.transport.allowed-hosts[1]=example.com",
                        "posthorn.web.path=${PATH_THAT_IS_NOT_SET}",
                        "posthorn.max-flights=1"))
                .containsExactlyInAnyOrder(
                        "posthorn.lease",
                        "posthorn.batch-size",
                        "posthorn.max-in-flight",
                        "posthorn.held-bytes",
                        "posthorn.auto-start",
                        "posthorn.breaker.failure-ratio",
                        "posthorn.retry.delays",
                        "posthorn.retry.jitter",
                        "posthorn.postgres.tables",
                        "posthorn.transport.allowed-ports[1]",
                        "posthorn.transport.allowed-hosts[1]",
                        "posthorn.web.path",
                        "posthorn.max-flights");
    }

    @Test
    void whatCannotBeReadIsSaidInWords() {
        application
                .withPropertyValues(
                        "posthorn.lease=long",
                        "posthorn.postgres.tables=drop",
                        "posthorn.retry.delays=1s,later",
                        "posthorn.secret-keys=hidden:${KEY_THAT_IS_NOT_SET}",
                        "posthorn.max-flights=1")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("posthorn.lease: must be a time such as 10s, is long")
                        .hasMessageContaining("posthorn.postgres.tables: must be one of migrate, check, leave, is drop")
                        .hasMessageContaining(
                                "posthorn.retry.delays: must be a time such as 10s, parted by commas, is 1s,later")
                        .hasMessageContaining("posthorn.secret-keys: ")
                        .hasMessageContaining("posthorn.max-flights: is no property of Posthorn")
                        .message()
                        .doesNotContain("hidden"));
    }

    @Test
    void secretsAreNotInMessages() {
        application
                .withPropertyValues("posthorn.secret-keys=main:c2VjcmV0")
                .run(context ->
                        assertThat(context).getFailure().rootCause().message().doesNotContain("c2VjcmV0"));
    }

    @Test
    void everySettingOfTheBuilderHasAProperty() throws IOException {
        var beans = Set.of("queue", "transport", "listener", "signer", "headers", "time", "publishing", "build");
        var names = new ArrayList<>(documented("groups"));
        names.addAll(documented("properties"));

        var settings = Arrays.stream(WebhookDispatcher.Builder.class.getDeclaredMethods())
                .filter(method -> java.lang.reflect.Modifier.isPublic(method.getModifiers()))
                .map(method -> method.getName())
                .filter(name -> !beans.contains(name))
                .map(name -> name.equals("rateLimitPerSubscription") ? "rateLimit" : name)
                .map(name -> "posthorn." + name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT))
                .distinct();

        assertThat(settings).hasSizeGreaterThan(15).isSubsetOf(names);
    }

    @Test
    void everyPropertyIsDescribed() throws IOException {
        try (var metadata = metadata()) {
            var properties = JsonMapper.shared().readTree(metadata).path("properties");
            assertThat(properties)
                    .hasSizeGreaterThan(40)
                    .allSatisfy(
                            property -> assertThat(property.path("description").asString(""))
                                    .as(property.path("name").asString())
                                    .endsWith("."));
        }
    }

    @Test
    void everyPropertyIsInTheDocs() throws IOException {
        var docs = Files.readString(Path.of("..", "docs", "spring.md"));
        assertThat(documented("properties"))
                .filteredOn(name -> name.startsWith("posthorn."))
                .allSatisfy(name -> assertThat(docs).contains("| `" + name + "` |"));
    }

    private static List<String> documented(String kind) throws IOException {
        try (var metadata = metadata()) {
            return JsonMapper.shared()
                    .readTree(metadata)
                    .path(kind)
                    .valueStream()
                    .map(each -> each.path("name").asString())
                    .toList();
        }
    }

    private static InputStream metadata() {
        return PosthornProperties.class.getResourceAsStream("/META-INF/spring-configuration-metadata.json");
    }
}
