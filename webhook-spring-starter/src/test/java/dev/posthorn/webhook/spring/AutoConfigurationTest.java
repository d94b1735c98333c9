package dev.posthorn.webhook.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.DispatcherState.Phase;
import dev.posthorn.webhook.WebhookDispatcher;
import dev.posthorn.webhook.WebhookPublisher;
import dev.posthorn.webhook.memory.InMemoryDeliveryQueue;
import dev.posthorn.webhook.memory.InMemoryWebhookStore;
import dev.posthorn.webhook.spi.OutsideQueue;
import dev.posthorn.webhook.spi.TimeSource;
import dev.posthorn.webhook.spi.WebhookStore;
import dev.posthorn.webhook.spi.WebhookTransport;
import dev.posthorn.webhook.transport.SocketTransport;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What is set up where there is no database. */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class AutoConfigurationTest {
    private final ApplicationContextRunner application =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(PosthornAutoConfiguration.class));

    @Test
    void withNothingElseItIsInMemoryAndSaysSoOnce(CapturedOutput output) {
        application.run(context -> {
            assertThat(context).hasSingleBean(WebhookDispatcher.class).hasSingleBean(InMemoryWebhookStore.class);
            assertThat(context.getBean(WebhookPublisher.class)).isSameAs(context.getBean(WebhookDispatcher.class));
            assertThat(context.getBean(WebhookDispatcher.class).state().phase()).isEqualTo(Phase.RUNNING);
        });
        assertThat(Arrays.stream(output.getOut().split("\n")).filter(line -> line.contains(" WARN ")))
                .singleElement()
                .asString()
                .contains("in memory", "DataSource", "posthorn.postgres.enabled");
    }

    @Test
    void itCanBeTurnedOff() {
        application
                .withPropertyValues("posthorn.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(WebhookDispatcher.class));
    }

    @Test
    void itCanLeaveDeliveringToOthers() {
        application.withPropertyValues("posthorn.auto-start=false").run(context -> {
            var webhooks = context.getBean(WebhookDispatcher.class);
            assertThat(webhooks.state().phase()).isEqualTo(Phase.NEW);
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dev.posthorn.webhook.postgres",
                "javax.sql",
                "org.springframework.jdbc",
                "org.springframework.transaction",
                "org.springframework.boot.jdbc",
                "org.springframework.boot.sql",
                "org.springframework.boot.health",
                "org.springframework.boot.actuate",
                "io.micrometer.core",
                "io.micrometer.observation",
                "io.micrometer",
                "dev.posthorn.webhook.tck"
            })
    void itNeedsNoneOfWhatIsOptional(String packageName) {
        application
                .withClassLoader(new FilteredClassLoader(packageName))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(WebhookDispatcher.class)
                        .hasSingleBean(InMemoryWebhookStore.class));
    }

    @Configuration(proxyBeanMethods = false)
    static class Own {
        @Bean
        WebhookStore ownStore() {
            return InMemoryWebhookStore.create();
        }

        @Bean
        WebhookTransport ownTransport() {
            return SocketTransport.create();
        }

        @Bean
        WebhookDispatcher ownDispatcher(WebhookStore store, WebhookTransport transport) {
            return WebhookDispatcher.builder(store).transport(transport).build();
        }
    }

    @Test
    void everyBeanGivesWayToOneOfTheApplications(CapturedOutput output) {
        application.withUserConfiguration(Own.class).run(context -> {
            assertThat(context.getBeanNamesForType(WebhookStore.class)).containsExactly("ownStore");
            assertThat(context.getBeanNamesForType(WebhookTransport.class)).containsExactly("ownTransport");
            assertThat(context.getBeanNamesForType(WebhookDispatcher.class)).containsExactly("ownDispatcher");
            // It is started and closed all the same.
            assertThat(context.getBean(WebhookDispatcher.class).state().phase()).isEqualTo(Phase.RUNNING);
        });
        assertThat(output.getOut()).doesNotContain("in memory");
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnQueue {
        @Bean
        OutsideQueue queue() {
            return InMemoryDeliveryQueue.create(TimeSource.system());
        }
    }

    @Test
    void aQueueOfTheApplicationsTakesTheTickets() {
        application
                .withUserConfiguration(OwnQueue.class)
                .run(context ->
                        assertThat(context.getBean(WebhookStore.class).queue()).isEmpty());
    }

    @Test
    void customizersHaveTheLastWord() {
        application
                .withBean(WebhookDispatcherCustomizer.class, () -> builder -> builder.maxInFlight(1))
                .run(context -> assertThat(context).getFailure().rootCause().hasMessageContaining("maxInFlight"));
    }
}
