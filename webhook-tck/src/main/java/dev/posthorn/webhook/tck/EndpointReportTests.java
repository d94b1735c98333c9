package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.posthorn.webhook.spi.EndpointReport;
import dev.posthorn.webhook.spi.FailingMark;
import dev.posthorn.webhook.spi.StoredSubscription;
import dev.posthorn.webhook.spi.SubscriptionChanges;
import dev.posthorn.webhook.spi.SubscriptionStore;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What nodes learned of endpoints, and which of these have done nothing but fail. */
abstract class EndpointReportTests {
    private static final Duration DAY = Duration.ofDays(1);
    private static final int REPORTERS = 4;
    private static final int REPORTS_EACH = 30;

    private SubscriptionStore subscriptions;
    private Samples samples;

    abstract SubscriptionTests.Subject newSubject();

    @BeforeEach
    void open() {
        var subject = newSubject();
        subscriptions = subject.subscriptions();
        samples = subject.samples();
    }

    @Test
    void failuresSetAMark() {
        var stored = insert();
        report(failed(stored, 3, DAY, Duration.ZERO));

        assertThat(subscriptions.failing(id(stored))).hasValueSatisfying(mark -> {
            assertThat(mark.subscriptionId()).isEqualTo(id(stored));
            assertThat(mark.version()).isEqualTo(1);
            assertThat(mark.failures()).isEqualTo(3);
            assertThat(mark.since()).isCloseTo(samples.now().minus(DAY), within(15, ChronoUnit.SECONDS));
        });
    }

    @Test
    void anEndpointThatWorksHasNone() {
        var stored = insert();
        assertThat(subscriptions.failing(id(stored))).isEmpty();
        report(works(stored));

        assertThat(subscriptions.failing(id(stored))).isEmpty();
    }

    @Test
    void laterFailuresAreAdded() {
        var stored = insert();
        report(failed(stored, 3, DAY.multipliedBy(2), DAY.multipliedBy(2)));
        report(failed(stored, 4, DAY, Duration.ZERO));

        assertThat(failing(DAY.multipliedBy(2), 7)).containsExactly(id(stored));
        assertThat(failing(DAY.multipliedBy(2), 8)).isEmpty();
        assertThat(failing(DAY.multipliedBy(2).plusSeconds(30), 7)).isEmpty();
    }

    @Test
    void failuresThatWereReportedLateAreAdded() {
        var stored = insert();
        report(failed(stored, 1, DAY, Duration.ZERO));
        report(failed(stored, 1, DAY.multipliedBy(3), DAY.multipliedBy(2)));

        assertThat(failing(DAY.multipliedBy(3), 2)).containsExactly(id(stored));
        assertThat(subscriptions.failing(id(stored)).orElseThrow().since())
                .isCloseTo(samples.now().minus(DAY.multipliedBy(3)), within(15, ChronoUnit.SECONDS));
    }

    @Test
    void aSuccessClearsTheMark() {
        var stored = insert();
        report(failed(stored, 20, DAY, Duration.ZERO));
        report(works(stored));
        assertThat(subscriptions.failing(id(stored))).isEmpty();

        report(failed(stored, 2, Duration.ofHours(1), Duration.ZERO));
        assertThat(subscriptions.failing(id(stored)).map(FailingMark::failures)).contains(2L);
        assertThat(failing(Duration.ofHours(2), 1)).isEmpty();
    }

    @Test
    void oneCallTakesReportsOfManyKinds() {
        var all = Stream.generate(this::insert).limit(4).toList();
        report(failed(all.get(0), 1, DAY, DAY), failed(all.get(1), 1, DAY, DAY));
        report(
                works(all.get(3)),
                failed(all.get(2), 1, DAY, DAY),
                works(all.get(1)),
                failed(all.get(0), 1, Duration.ZERO, Duration.ZERO),
                EndpointReport.works(samples.id(), 1));
        report();

        assertThat(failing(Duration.ZERO, 1)).containsExactlyInAnyOrder(id(all.get(0)), id(all.get(2)));
        assertThat(failing(DAY, 2)).containsExactly(id(all.get(0)));
    }

    @Test
    void whetherThereWasLongEnoughIsCountedToTheLastFailureAndNotToNow() {
        var stored = insert();
        report(failed(stored, 20, DAY.multipliedBy(9), DAY.multipliedBy(8)));

        assertThat(failing(DAY, 20)).containsExactly(id(stored));
        assertThat(failing(DAY.multipliedBy(2), 20)).isEmpty();
    }

    @Test
    void thoseThatFailLongestComeFirst() {
        var all = Stream.generate(this::insert).limit(3).toList();
        report(
                failed(all.get(0), 1, DAY.multipliedBy(2), DAY),
                failed(all.get(1), 1, DAY.multipliedBy(3), DAY),
                failed(all.get(2), 1, DAY, Duration.ZERO));

        assertThat(subscriptions.failing(DAY, 1, 2))
                .extracting(FailingMark::subscriptionId)
                .containsExactly(id(all.get(1)), id(all.get(0)));
    }

    @Test
    void aMarkIsNoChange() {
        var stored = insert();
        long position = subscriptions.changes(SubscriptionChanges.START, 10).position();
        report(failed(stored, 20, DAY, Duration.ZERO));

        assertThat(subscriptions.changes(position, 10).changes()).isEmpty();
        assertThat(subscriptions.find(id(stored))).contains(stored);
        assertThat(subscriptions.update(samples.changed(stored, settings -> settings)))
                .isTrue();
    }

    @Test
    void aMarkHoldsForTheVersionItWasSetWith() {
        var stored = insert();
        report(failed(stored, 20, DAY, Duration.ZERO));
        var changed = samples.changed(stored, settings -> settings.url("https://example.com/moved"));
        subscriptions.update(changed);
        assertThat(subscriptions.failing(id(stored))).isEmpty();
        assertThat(failing(Duration.ZERO, 1)).isEmpty();

        report(failed(changed, 2, Duration.ofHours(1), Duration.ZERO));
        assertThat(subscriptions.failing(id(stored)).map(FailingMark::failures)).contains(2L);
        assertThat(failing(Duration.ofHours(2), 1)).isEmpty();
    }

    @Test
    void whatIsReportedOfAnEarlierVersionChangesNothing() {
        var stored = insert();
        var changed = samples.changed(stored, settings -> settings.url("https://example.com/moved"));
        subscriptions.update(changed);
        report(failed(stored, 20, DAY, Duration.ZERO));
        assertThat(subscriptions.failing(id(stored))).isEmpty();

        report(failed(changed, 2, DAY, Duration.ZERO));
        report(works(stored));
        assertThat(subscriptions.failing(id(stored))).isPresent();
    }

    @Test
    void onlyActiveSubscriptionsAreListed() {
        var disabled = samples.disabled(insert());
        subscriptions.update(disabled);
        var deleted = insert();
        report(failed(disabled, 20, DAY, Duration.ZERO), failed(deleted, 20, DAY, Duration.ZERO));
        subscriptions.delete(id(deleted));
        report(failed(deleted, 20, DAY, Duration.ZERO));

        assertThat(failing(Duration.ZERO, 1)).isEmpty();
        assertThat(subscriptions.failing(id(deleted))).isEmpty();
        assertThat(subscriptions.failing(samples.id())).isEmpty();
    }

    @Test
    void nodesThatReportAtOnceLoseNothing() {
        var all = Stream.generate(this::insert).limit(10).toList();
        List<Callable<Boolean>> reporters = new ArrayList<>();
        for (int i = 0; i < REPORTERS; i++) {
            var order = new ArrayList<>(all);
            // None in the order of another.
            Collections.rotate(order, i * 3);
            reporters.add(() -> {
                for (int j = 0; j < REPORTS_EACH; j++) {
                    subscriptions.report(order.stream()
                            .map(stored -> failed(stored, 1, DAY, Duration.ZERO))
                            .toList());
                }
                return true;
            });
        }
        Race.of(reporters);

        assertThat(all)
                .allSatisfy(stored -> assertThat(
                                subscriptions.failing(id(stored)).orElseThrow().failures())
                        .isEqualTo(REPORTERS * REPORTS_EACH));
    }

    private StoredSubscription insert() {
        var stored = samples.subscription();
        subscriptions.insert(stored);
        return stored;
    }

    private void report(EndpointReport... reports) {
        subscriptions.report(List.of(reports));
    }

    private List<UUID> failing(Duration atLeast, int failures) {
        return subscriptions.failing(atLeast, failures, 100).stream()
                .map(FailingMark::subscriptionId)
                .toList();
    }

    private static EndpointReport works(StoredSubscription stored) {
        return EndpointReport.works(id(stored), stored.subscription().version());
    }

    private static EndpointReport failed(StoredSubscription stored, int failures, Duration firstAgo, Duration lastAgo) {
        return new EndpointReport(id(stored), stored.subscription().version(), failures, firstAgo, lastAgo);
    }

    private static UUID id(StoredSubscription stored) {
        return stored.subscription().id();
    }
}
