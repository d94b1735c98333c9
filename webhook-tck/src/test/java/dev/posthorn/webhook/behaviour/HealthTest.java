package dev.posthorn.webhook.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.Health;
import dev.posthorn.webhook.WebhookDispatcher;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a node says of itself. */
@Timeout(60)
class HealthTest {
    private final Stage stage = new Stage();
    private final Trouble trouble = new Trouble();

    @AfterEach
    void close() {
        stage.close();
    }

    private static List<String> names(WebhookDispatcher node) {
        return node.health().parts().stream().map(Health.Part::name).toList();
    }

    @Test
    void itAlwaysHasTheSameParts() {
        var node = stage.build(trouble);
        var names = names(node);
        assertThat(names)
                .contains(
                        "dispatcher",
                        "store",
                        "queue",
                        "thread.dispatch",
                        "thread.claim",
                        "thread.record",
                        "thread.upkeep",
                        "oldest-due",
                        "recorder",
                        "clock",
                        "listeners")
                .doesNotHaveDuplicates();
        assertThat(node.health().status()).isEqualTo(Health.Status.UP);

        stage.start(node);
        assertThat(names(node)).isEqualTo(names);
        assertThat(node.health().status()).isEqualTo(Health.Status.UP);
        trouble.failAll();
        stage.elapse(Duration.ofMinutes(1), Duration.ofSeconds(10));
        assertThat(names(node)).isEqualTo(names);
        assertThat(node.health().status()).isEqualTo(Health.Status.DOWN);
        trouble.healAll();
        stage.stop(node, Duration.ofSeconds(5));
        assertThat(names(node)).isEqualTo(names);
        assertThat(node.health().status()).isEqualTo(Health.Status.DOWN);
    }

    @Test
    void itIsAsBadAsItsWorstPart() {
        var node = stage.start(trouble);
        trouble.failAll();
        stage.elapse(Duration.ofMinutes(1), Duration.ofSeconds(10));

        var worst = node.health().parts().stream()
                .map(Health.Part::status)
                .max(Health.Status::compareTo)
                .orElseThrow();

        assertThat(node.health().status()).isEqualTo(worst);
    }

    @Test
    void itAsksNeitherTheStoreNorTheQueue() {
        var node = stage.start(trouble);
        stage.rest();
        var before = Arrays.stream(Call.values()).map(trouble::made).toList();

        for (int i = 0; i < 10; i++) {
            node.health();
        }

        assertThat(Arrays.stream(Call.values()).map(trouble::made).toList()).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource({"CLAIM, claim", "CHANGES, subscriptions", "HEARTBEAT, upkeep"})
    void aThreadThatIsStuckInTheStoreForMoreThanAMinuteIsDown(Call call, String thread) {
        var node = stage.start(trouble);
        var hold = trouble.hold(call);
        stage.advance(Duration.ofSeconds(5));
        hold.awaitReached();

        stage.clock.advance(Duration.ofSeconds(60));
        assertThat(Stage.part(node, "thread." + thread).status()).isEqualTo(Health.Status.UP);
        stage.clock.advance(Duration.ofMillis(1));

        assertThat(Stage.part(node, "thread." + thread).status()).isEqualTo(Health.Status.DOWN);
        hold.release();
        Stage.eventually(
                () -> assertThat(Stage.part(node, "thread." + thread).status()).isEqualTo(Health.Status.UP));
    }

    @Test
    void aRecorderThatIsStuckInTheStoreIsDownToo() {
        var node = stage.start(trouble);
        var hold = trouble.hold(Call.RECORD);
        stage.publishTo(node, stage.subscribe(node, "/hook"));
        hold.awaitReached();

        stage.clock.advance(Duration.ofSeconds(61));

        assertThat(Stage.part(node, "thread.record").status()).isEqualTo(Health.Status.DOWN);
    }

    @Test
    void aNodeThatRestsForDaysIsUp() {
        var node = stage.start();

        stage.pass(Duration.ofDays(3));

        assertThat(node.health().status()).isEqualTo(Health.Status.UP);
    }

    @Test
    void itTellsThatSomethingWaitsForTooLong() {
        var publisher = stage.build();
        var node = stage.start(trouble);
        stage.publishTo(publisher, stage.subscribe(publisher, "/hook"));
        trouble.fail(Call.CLAIM);

        stage.elapse(Duration.ofMinutes(5), Duration.ofSeconds(5));
        assertThat(Stage.part(node, "oldest-due").status()).isEqualTo(Health.Status.UP);
        stage.elapse(Duration.ofSeconds(10), Duration.ofSeconds(5));

        assertThat(Stage.part(node, "oldest-due").status()).isEqualTo(Health.Status.DEGRADED);
    }
}
