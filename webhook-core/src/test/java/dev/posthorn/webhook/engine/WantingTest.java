package dev.posthorn.webhook.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.posthorn.webhook.Bytes;
import dev.posthorn.webhook.NewSubscription;
import dev.posthorn.webhook.PayloadFilter;
import dev.posthorn.webhook.SigningSecret;
import dev.posthorn.webhook.Subscription;
import dev.posthorn.webhook.SubscriptionSettings;
import dev.posthorn.webhook.SubscriptionStatus;
import dev.posthorn.webhook.WebhookEvent;
import dev.posthorn.webhook.filter.Condition;
import dev.posthorn.webhook.filter.FilterReader;
import dev.posthorn.webhook.spi.StoredSecret;
import dev.posthorn.webhook.spi.StoredSubscription;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WantingTest {
    private final List<PayloadFilter> read = new ArrayList<>();

    @Test
    void withoutFiltersEverybodyWantsWhatever() {
        var all = Stream.generate(() -> subscription(null)).limit(3).toList();

        assertThat(wanting(all).of(WebhookEvent.of("a", "text/plain", Bytes.utf8("{"))))
                .isSameAs(all);
    }

    @Test
    void aFilterThatSeveralHaveIsThereOnce() {
        var all = Stream.of(
                        "{'pointer':'/a','equals':1}",
                        null,
                        "{ 'equals': 1.0, 'pointer': '/a' }",
                        "{'pointer':'/a','gt':1}")
                .map(WantingTest::subscription)
                .toList();

        var wanting = wanting(all);

        assertThat(read).hasSize(2);
        assertThat(wanting.of(json("{'a':1}"))).containsExactly(all.get(0), all.get(1), all.get(2));
        assertThat(wanting.of(json("{'a':2}"))).containsExactly(all.get(1), all.get(3));
        assertThat(wanting.of(json("{'b':1}"))).containsExactly(all.get(1));
    }

    @Test
    void whatIsFoundByItsKeyIsWhatAPlainLookAtEachFinds() {
        var filters = IntStream.range(0, 60)
                .mapToObj(i -> switch (i % 6) {
                    case 0 -> "{'pointer':'/a','equals':" + i % 4 + "}";
                    case 1 -> "{'pointer':'/b','in':[" + i % 4 + ",'x',null," + (4 + i % 3) + "]}";
                    case 2 -> "{'and':[{'pointer':'/b','gt':" + i % 4 + "},{'pointer':'/a','equals':" + i % 5 + "}]}";
                    case 3 ->
                        "{'or':[{'pointer':'/a','equals':" + i % 4 + "},{'pointer':'/b','equals':" + i % 5 + "}]}";
                    case 4 -> "{'not':{'pointer':'/a','equals':" + i % 4 + "}}";
                    default -> "{'or':[{'pointer':'/b','equals':" + i % 4 + "}]}";
                })
                .distinct()
                .toList();
        var all = filters.stream().map(WantingTest::subscription).toList();
        var wanting = wanting(all);
        var values = List.of("0", "1", "2", "3", "4", "'x'", "null", "[1]");
        for (var a : values) {
            for (var b : values) {
                var event = json("{'a':" + a + ",'b':" + b + "}");
                assertThat(wanting.of(event))
                        .as(event.payload().toUtf8String())
                        .containsExactlyElementsOf(all.stream()
                                .filter(one -> withoutKey(one).matches(event.payload()))
                                .toList());
            }
        }
    }

    @Test
    void aPayloadIsReadOnceForAllFiltersAndNotAtAllWithoutAny() {
        var event = json("{'a':1,'b':['" + "x".repeat(200_000) + "'],'c':2}");
        int size = event.payload().size();
        var filters = Stream.of("a", "b", "c", "d", "e")
                .flatMap(name -> Stream.of("'equals':1", "'exists':true", "'gt':0")
                        .map(condition -> "{'pointer':'/" + name + "'," + condition + "}"))
                .map(WantingTest::subscription)
                .toList();
        var filtered = wanting(filters);
        var unfiltered =
                wanting(Stream.generate(() -> subscription(null)).limit(15).toList());
        var other = WebhookEvent.of("a", "text/plain", event.payload());

        // Whoever reads a payload copies it, and what is looked for in this one is small.
        assertThat(allocatedBy(() -> filtered.of(event))).isBetween((long) size, (long) (1.5 * size));
        assertThat(allocatedBy(() -> filtered.of(other))).isLessThan(size / 2);
        assertThat(allocatedBy(() -> unfiltered.of(event))).isLessThan(size / 2);
    }

    /** What a thread takes of the heap for it, once all that is made only once is there. */
    private static long allocatedBy(Runnable work) {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        work.run();
        long before = threads.getCurrentThreadAllocatedBytes();
        work.run();
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    @ParameterizedTest
    @CsvSource({
        "application/json, true",
        "Application/JSON; charset=utf-8, true",
        "application/cloudevents+json, true",
        "text/json, true",
        "application/json5, false",
        "application/x-ndjson, false",
        "text/plain, false",
        "text/plain; a=application/json, false",
        "application/octet-stream, false",
    })
    void jsonIsWhatIsPublishedAsJson(String contentType, boolean isJson) {
        var filtered = subscription("{'pointer':'/a','equals':1}");
        var event = WebhookEvent.of("a", contentType, json("{'a':1}").payload());

        assertThat(wanting(List.of(filtered)).of(event)).hasSize(isJson ? 1 : 0);
    }

    private Wanting wanting(List<CachedSubscription> all) {
        return Wanting.of(all, this::read);
    }

    private Condition read(PayloadFilter filter) {
        read.add(filter);
        return FilterReader.read(filter.toJson());
    }

    private static WebhookEvent json(String payload) {
        return WebhookEvent.of("a", "application/json", Bytes.utf8(payload.replace('\'', '"')));
    }

    /** The same filter in a form that is not found by any value. */
    private static PayloadFilter withoutKey(CachedSubscription subscription) {
        return PayloadFilter.parse(
                "{\"not\":{\"not\":" + subscription.settings().filter() + "}}");
    }

    private static CachedSubscription subscription(@Nullable String filter) {
        var settings = SubscriptionSettings.to("https://example.com/");
        if (filter != null) {
            settings = settings.filter(PayloadFilter.parse(filter.replace('\'', '"')));
        }
        var subscription = new Subscription(
                UUID.randomUUID(),
                NewSubscription.DEFAULT_TENANT,
                settings,
                SubscriptionStatus.ACTIVE,
                null,
                1,
                Instant.EPOCH,
                Instant.EPOCH);
        return CachedSubscription.of(
                new StoredSubscription(subscription, List.of(StoredSecret.lasting(SigningSecret.generate()))));
    }
}
