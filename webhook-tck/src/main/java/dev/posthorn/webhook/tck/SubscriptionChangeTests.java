package dev.posthorn.webhook.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.SubscriptionQuery;
import dev.posthorn.webhook.spi.Chore;
import dev.posthorn.webhook.spi.StoredSubscription;
import dev.posthorn.webhook.spi.SubscriptionChanges;
import dev.posthorn.webhook.spi.SubscriptionStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The history of changes from which nodes feed their caches, and the chores that changes leave. */
abstract class SubscriptionChangeTests {
    private static final int WRITERS = 4;
    private static final int CHANGES_EACH = 50;

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
    void withoutChangesThePositionStays() {
        assertThat(subscriptions.changes(SubscriptionChanges.START, 10))
                .isEqualTo(new SubscriptionChanges(List.of(), SubscriptionChanges.START));
        insert();
        long position = subscriptions.changes(SubscriptionChanges.START, 10).position();
        assertThat(subscriptions.changes(position, 10)).isEqualTo(new SubscriptionChanges(List.of(), position));
    }

    @Test
    void everyKindOfChangeIsToldOldestFirst() {
        var first = insert();
        var second = insert();
        var reader = new Reader();
        assertThat(reader.read(10)).containsExactly(changeTo(first), changeTo(second));

        var changed = samples.changed(first, settings -> settings.url("https://example.com/moved"));
        subscriptions.update(changed);
        subscriptions.delete(id(second));
        assertThat(reader.read(10))
                .containsExactly(changeTo(changed), new SubscriptionChanges.Change(id(second), null));
    }

    @Test
    void whatIsRefusedIsNoChange() {
        var stored = insert();
        var reader = new Reader();
        reader.read(10);
        subscriptions.update(stored);
        subscriptions.delete(samples.id());

        assertThat(reader.read(10)).isEmpty();
    }

    @Test
    void theHistoryIsToldInStretchesWithoutGap() {
        var all = Stream.generate(this::insert).limit(7).toList();
        var reader = new Reader();
        var told = new ArrayList<SubscriptionChanges.Change>();
        for (var stretch = reader.read(3); !stretch.isEmpty(); stretch = reader.read(3)) {
            assertThat(stretch).hasSizeLessThanOrEqualTo(3);
            told.addAll(stretch);
        }

        assertThat(told)
                .containsExactlyElementsOf(
                        all.stream().map(SubscriptionChangeTests::changeTo).toList());
    }

    @Test
    void aReaderThatBeginsLateLearnsWhatIs() {
        var kept = insert();
        var deleted = insert();
        var changed = samples.changed(kept, settings -> settings.url("https://example.com/moved"));
        subscriptions.update(changed);
        subscriptions.delete(id(deleted));

        var reader = new Reader();
        reader.read(100);
        assertThat(reader.known).containsExactly(Map.entry(id(kept), changed));
    }

    @Test
    void noChangeIsMissedWhileOthersWrite() {
        var reader = new Reader();
        var writing = new AtomicInteger(WRITERS);
        List<Callable<Boolean>> runners = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            runners.add(() -> {
                try {
                    return write();
                } finally {
                    writing.decrementAndGet();
                }
            });
        }
        runners.add(() -> {
            while (writing.get() > 0) {
                reader.read(3);
            }
            return true;
        });
        Race.of(runners);
        while (!reader.read(100).isEmpty()) {
            // To the end of the history.
        }

        assertThat(reader.known)
                .isNotEmpty()
                .allSatisfy((id, stored) -> assertThat(subscriptions.find(id)).contains(stored));
        assertThat(subscriptions.list(query()).items()).hasSameSizeAs(reader.known.keySet());
    }

    private boolean write() {
        var last = insert();
        for (int i = 0; i < CHANGES_EACH; i++) {
            if (i % 10 == 9) {
                subscriptions.delete(id(last));
                last = insert();
            } else {
                last = samples.changed(last, settings -> settings);
                assertThat(subscriptions.update(last)).isTrue();
            }
        }
        return true;
    }

    private static SubscriptionQuery query() {
        return SubscriptionQuery.all().limit(Scene.MANY);
    }

    @Test
    void enablingLeavesAChore() {
        var disabled = samples.disabled(insert());
        subscriptions.update(disabled);
        assertThat(subscriptions.chores(10)).isEmpty();

        var enabled = samples.enabled(disabled);
        subscriptions.update(enabled);
        assertThat(subscriptions.chores(10)).containsExactly(restore(enabled));
    }

    @Test
    void resumingLeavesAChore() {
        var paused = samples.paused(insert());
        subscriptions.update(paused);
        assertThat(subscriptions.find(id(paused))).contains(paused);
        assertThat(subscriptions.chores(10)).isEmpty();

        var resumed = samples.enabled(paused);
        subscriptions.update(resumed);
        assertThat(subscriptions.chores(10)).containsExactly(restore(resumed));
    }

    @Test
    void pausingWhatIsDisabledAndDisablingWhatIsPausedLeaveNoChore() {
        var disabled = samples.disabled(insert());
        subscriptions.update(disabled);
        var paused = samples.paused(disabled);
        subscriptions.update(paused);
        subscriptions.update(samples.disabled(paused));

        assertThat(subscriptions.chores(10)).isEmpty();
    }

    @Test
    void aChangeThatDoesNotEnableLeavesNoChore() {
        var stored = insert();
        subscriptions.update(samples.changed(stored, settings -> settings.url("https://example.com/moved")));
        subscriptions.update(samples.enabled(samples.disabled(stored)));

        assertThat(subscriptions.chores(10)).isEmpty();
    }

    @Test
    void anEnablingThatIsRefusedLeavesNoChore() {
        var disabled = samples.disabled(insert());
        subscriptions.update(disabled);
        subscriptions.update(samples.enabled(samples.disabled(disabled)));

        assertThat(subscriptions.chores(10)).isEmpty();
    }

    @Test
    void deletingLeavesAChore() {
        var stored = insert();
        subscriptions.delete(id(stored));
        subscriptions.delete(id(stored));

        assertThat(subscriptions.chores(10)).singleElement().satisfies(chore -> {
            assertThat(chore.subscriptionId()).isEqualTo(id(stored));
            assertThat(chore.kind()).isEqualTo(Chore.Kind.CANCEL);
        });
    }

    @Test
    void choresAreToldOldestFirst() {
        var all = Stream.generate(this::insert).limit(5).toList();
        all.forEach(stored -> subscriptions.delete(id(stored)));

        assertThat(subscriptions.chores(3))
                .extracting(Chore::subscriptionId)
                .containsExactly(id(all.get(0)), id(all.get(1)), id(all.get(2)));
    }

    @Test
    void aChoreThatIsDoneIsNotToldAgain() {
        var first = insert();
        var second = insert();
        subscriptions.delete(id(first));
        subscriptions.delete(id(second));
        var chores = subscriptions.chores(10);

        subscriptions.choreDone(chores.get(0));
        subscriptions.choreDone(chores.get(0));
        assertThat(subscriptions.chores(10)).containsExactly(chores.get(1));
    }

    @Test
    void aChoreThatCameAgainMeanwhileStays() {
        var first = enabledAgain(insert());
        var chore = subscriptions.chores(10).get(0);
        var second = enabledAgain(first);

        subscriptions.choreDone(chore);
        assertThat(subscriptions.chores(10)).contains(restore(second));
    }

    @Test
    void aDeletionsChoreStaysWhenAnOlderOneIsDone() {
        var stored = enabledAgain(insert());
        var chore = subscriptions.chores(10).get(0);
        subscriptions.delete(id(stored));

        subscriptions.choreDone(chore);
        assertThat(subscriptions.chores(10)).extracting(Chore::kind).contains(Chore.Kind.CANCEL);
    }

    @Test
    void choresComeToAnEnd() {
        var stored = enabledAgain(insert());
        subscriptions.update(samples.changed(stored, settings -> settings.url("https://example.com/moved")));
        subscriptions.delete(id(enabledAgain(insert())));

        for (int rounds = 0; rounds < 5; rounds++) {
            subscriptions.chores(10).forEach(subscriptions::choreDone);
        }
        assertThat(subscriptions.chores(10)).isEmpty();
    }

    private StoredSubscription insert() {
        var stored = samples.subscription();
        subscriptions.insert(stored);
        return stored;
    }

    private StoredSubscription enabledAgain(StoredSubscription stored) {
        var disabled = samples.disabled(stored);
        var enabled = samples.enabled(disabled);
        assertThat(subscriptions.update(disabled)).isTrue();
        assertThat(subscriptions.update(enabled)).isTrue();
        return enabled;
    }

    private static Chore restore(StoredSubscription enabled) {
        return new Chore(id(enabled), enabled.subscription().version(), Chore.Kind.RESTORE);
    }

    private static SubscriptionChanges.Change changeTo(StoredSubscription stored) {
        return new SubscriptionChanges.Change(id(stored), stored);
    }

    private static UUID id(StoredSubscription stored) {
        return stored.subscription().id();
    }

    /** Follows the history and knows what it told of. */
    private final class Reader {
        final Map<UUID, StoredSubscription> known = new HashMap<>();
        private long position = SubscriptionChanges.START;
        private int told;

        List<SubscriptionChanges.Change> read(int limit) {
            var stretch = subscriptions.changes(position, limit);
            position = stretch.position();
            told += stretch.changes().size();
            assertThat(told).as("changes told of a short history").isLessThan(Scene.MANY);
            for (var change : stretch.changes()) {
                var now = change.now();
                if (now == null) {
                    known.remove(change.id());
                } else {
                    known.put(change.id(), now);
                }
            }
            return stretch.changes();
        }
    }
}
