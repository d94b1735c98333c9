package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class SamplesTest {
    private final MovableClock clock = new MovableClock(Instant.parse("2031-05-06T07:08:09.123456Z"));
    private final Samples samples = new Samples(clock::now);

    @Test
    void idsAscendAndTellTheirTime() {
        var ids = Stream.generate(samples::id).limit(10_000).toList();
        clock.advance(Duration.ofDays(1));
        var last = samples.id();

        assertThat(ids).isSortedAccordingTo(UUID::compareTo).doesNotHaveDuplicates();
        assertThat(last).isGreaterThan(ids.get(ids.size() - 1));
        assertThat(last.version()).isEqualTo(7);
        assertThat(last.variant()).isEqualTo(2);
        assertThat(Instant.ofEpochMilli(last.getMostSignificantBits() >>> 16)).isEqualTo(samples.now());
        assertThat(samples.now()).isEqualTo(Instant.parse("2031-05-07T07:08:09.123Z"));
    }

    @Test
    void subscriptionsGoFromVersionToVersion() {
        var stored = samples.subscription("acme");
        var disabled = samples.disabled(stored);
        var enabled = samples.enabled(disabled);

        assertThat(stored.subscription().isActive()).isTrue();
        assertThat(disabled.subscription().isActive()).isFalse();
        assertThat(enabled.subscription().isActive()).isTrue();
        assertThat(enabled.subscription().disabledReason()).isNull();
        assertThat(enabled.subscription().version()).isEqualTo(3);
        assertThat(enabled.subscription().tenant()).isEqualTo("acme");
    }
}
