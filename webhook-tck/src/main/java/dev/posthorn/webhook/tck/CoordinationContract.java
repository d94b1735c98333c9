package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.spi.Coordination;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@link Coordination} promises. */
public abstract class CoordinationContract {
    private static final Duration TIME_TO_LIVE = Duration.ofMinutes(1);
    private static final Duration HALF = Duration.ofSeconds(30);
    private static final Duration MORE_THAN_HALF = Duration.ofSeconds(40);

    private Coordination coordination;

    /** For subclasses. */
    protected CoordinationContract() {}

    /** The coordination of a fresh, empty store; called once for each test. */
    protected abstract Coordination createCoordination();

    /** What the store's wall clock shows. It may run by itself as well, but not by more than seconds in a test. */
    protected abstract Instant now();

    /** Lets so much time pass for the coordination made last. */
    protected abstract void advance(Duration time);

    @BeforeEach
    void open() {
        coordination = createCoordination();
    }

    @Test
    void aNodeThatSaysSoLives() {
        assertThat(coordination.heartbeat("a", TIME_TO_LIVE).liveNodes()).containsExactly("a");
        assertThat(coordination.heartbeat("b", TIME_TO_LIVE).liveNodes()).containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void aNodeThatFallsSilentLivesNoMore() {
        coordination.heartbeat("a", TIME_TO_LIVE);
        advance(TIME_TO_LIVE.plus(HALF));
        assertThat(coordination.heartbeat("b", TIME_TO_LIVE).liveNodes()).containsExactly("b");
    }

    @Test
    void aNodeLivesAsLongAsItSaysSo() {
        coordination.heartbeat("a", TIME_TO_LIVE);
        advance(MORE_THAN_HALF);
        coordination.heartbeat("a", TIME_TO_LIVE);
        advance(MORE_THAN_HALF);
        assertThat(coordination.heartbeat("b", TIME_TO_LIVE).liveNodes()).containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void aNodeThatLeftLivesNoMoreUntilItSaysSo() {
        coordination.heartbeat("a", TIME_TO_LIVE);
        coordination.leave("a");
        assertThat(coordination.heartbeat("b", TIME_TO_LIVE).liveNodes()).containsExactly("b");
        assertThat(coordination.heartbeat("a", TIME_TO_LIVE).liveNodes()).containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void whoLivesCanBeAskedWithoutLiving() {
        assertThat(coordination.living()).isEmpty();
        coordination.heartbeat("a", TIME_TO_LIVE);
        coordination.heartbeat("left", TIME_TO_LIVE);
        advance(MORE_THAN_HALF);
        coordination.heartbeat("b", TIME_TO_LIVE);
        coordination.leave("left");

        var living = coordination.living();

        assertThat(living).containsOnlyKeys("a", "b");
        assertThat(living.get("a")).isBetween(Duration.ofSeconds(10), TIME_TO_LIVE.minus(MORE_THAN_HALF));
        assertThat(living.get("b")).isBetween(Duration.ofSeconds(50), TIME_TO_LIVE);
        advance(MORE_THAN_HALF);
        assertThat(coordination.living()).containsOnlyKeys("b");
    }

    @Test
    void theStoresTimeIsToldWithAHeartbeatAndWithout() {
        assertThat(coordination.time()).isCloseTo(now(), Scene.ABOUT);
        assertThat(coordination.heartbeat("a", TIME_TO_LIVE).storeTime()).isCloseTo(now(), Scene.ABOUT);
        advance(Duration.ofHours(1));
        assertThat(coordination.time()).isCloseTo(now(), Scene.ABOUT);
        assertThat(coordination.heartbeat("a", TIME_TO_LIVE).storeTime()).isCloseTo(now(), Scene.ABOUT);
    }

    @Test
    void oneNodeLeads() {
        assertThat(coordination.tryLead("a", "upkeep", TIME_TO_LIVE)).isTrue();
        assertThat(coordination.tryLead("b", "upkeep", TIME_TO_LIVE)).isFalse();
        assertThat(coordination.tryLead("a", "upkeep", TIME_TO_LIVE)).isTrue();
    }

    @Test
    void theLeadLastsAsLongAsItIsKept() {
        assertThat(coordination.tryLead("a", "upkeep", TIME_TO_LIVE)).isTrue();
        advance(MORE_THAN_HALF);
        assertThat(coordination.tryLead("a", "upkeep", TIME_TO_LIVE)).isTrue();
        advance(MORE_THAN_HALF);
        assertThat(coordination.tryLead("b", "upkeep", TIME_TO_LIVE)).isFalse();
    }

    @Test
    void aLeadThatRanOutCanBeTaken() {
        assertThat(coordination.tryLead("a", "upkeep", TIME_TO_LIVE)).isTrue();
        advance(TIME_TO_LIVE.plus(HALF));
        assertThat(coordination.tryLead("b", "upkeep", TIME_TO_LIVE)).isTrue();
        assertThat(coordination.tryLead("a", "upkeep", TIME_TO_LIVE)).isFalse();
    }

    @Test
    void dutiesAreLedApart() {
        assertThat(coordination.tryLead("a", "upkeep", TIME_TO_LIVE)).isTrue();
        assertThat(coordination.tryLead("b", "reconcile", TIME_TO_LIVE)).isTrue();
        assertThat(coordination.tryLead("a", "reconcile", TIME_TO_LIVE)).isFalse();
    }

    @Test
    void aNodeThatLeavesGivesUpEveryLeadOfItsOwn() {
        for (var duty : List.of("upkeep", "reconcile")) {
            assertThat(coordination.tryLead("a", duty, TIME_TO_LIVE)).isTrue();
        }
        assertThat(coordination.tryLead("b", "migrate", TIME_TO_LIVE)).isTrue();
        coordination.leave("a");
        coordination.leave("nobody");

        for (var duty : List.of("upkeep", "reconcile")) {
            assertThat(coordination.tryLead("c", duty, TIME_TO_LIVE)).isTrue();
        }
        assertThat(coordination.tryLead("c", "migrate", TIME_TO_LIVE)).isFalse();
    }

    @Test
    void ofNodesThatTryAtOnceOneLeads() {
        for (int round = 0; round < 10; round++) {
            var nodes = IntStream.range(0, 8)
                    .<Callable<Boolean>>mapToObj(i -> () -> coordination.tryLead("node " + i, "upkeep", TIME_TO_LIVE))
                    .toList();
            assertThat(Race.of(nodes)).containsOnlyOnce(true);
            advance(TIME_TO_LIVE.plus(HALF));
        }
    }
}
