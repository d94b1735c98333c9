package dev.posthorn.webhook.behaviour;

import dev.posthorn.webhook.spi.DeliveryOutcome;
import dev.posthorn.webhook.spi.StoreException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What goes wrong between one node and its store and queue, and how often it calls them. Nothing goes wrong unless
 * told. Safe for use by several threads.
 */
final class Trouble {
    private final Map<Call, AtomicInteger> made = new ConcurrentHashMap<>();
    private final Map<Call, Runnable> before = new ConcurrentHashMap<>();
    private final Map<Call, Runnable> after = new ConcurrentHashMap<>();
    private final List<Hold> holds = new CopyOnWriteArrayList<>();
    private final AtomicInteger inProgress = new AtomicInteger();
    private volatile Predicate<DeliveryOutcome> refused = outcome -> false;

    /** Makes a call as it is to be made. */
    <T> T around(Call call, Supplier<T> real) {
        made.computeIfAbsent(call, any -> new AtomicInteger()).incrementAndGet();
        inProgress.incrementAndGet();
        try {
            before.getOrDefault(call, () -> {}).run();
            var result = real.get();
            after.getOrDefault(call, () -> {}).run();
            return result;
        } finally {
            inProgress.decrementAndGet();
        }
    }

    /** Records, unless one of the outcomes is refused: then it is as if a row could not be written. */
    <T> T record(List<DeliveryOutcome> outcomes, Supplier<T> real) {
        return around(Call.RECORD, () -> {
            if (outcomes.stream().anyMatch(refused)) {
                throw StoreException.lasting("a row is refused", null);
            }
            return real.get();
        });
    }

    /** These calls fail from now on, and do nothing. */
    void fail(Call... calls) {
        for (var call : calls) {
            before(call, Trouble::fail);
        }
    }

    /** Every call fails from now on: the store is away, or, for all that others can tell, the node is dead. */
    void failAll() {
        fail(Call.values());
    }

    /** The next such call fails, and does nothing. */
    void failOnce(Call call) {
        nextTime(before, call, Trouble::fail);
    }

    /** The next such call is done, but whoever made it is told that it failed. */
    void loseAnswerOnce(Call call) {
        nextTime(after, call, Trouble::fail);
    }

    /** From now on this part of all calls fails by chance, half of them after they have been done. */
    void failByChance(Random random, double part) {
        Runnable chance = () -> {
            if (random.nextDouble() < part / 2) {
                fail();
            }
        };
        for (var call : Call.values()) {
            before.put(call, chance);
            after.put(call, chance);
        }
    }

    /** From now on something else happens before such calls. */
    void before(Call call, Runnable what) {
        before.put(call, what);
    }

    /** Something else happens before the next such call. */
    void beforeNext(Call call, Runnable what) {
        nextTime(before, call, what);
    }

    /** The next such call waits before it does anything. */
    Hold hold(Call call) {
        return hold(before, call);
    }

    /** The next such call is done, but whoever made it does not learn of that yet. */
    Hold holdAnswer(Call call) {
        return hold(after, call);
    }

    /** The store lastingly refuses to write such outcomes. */
    void refuse(Predicate<DeliveryOutcome> outcomes) {
        refused = outcomes;
    }

    /** These calls work again. */
    void heal(Call... calls) {
        for (var call : calls) {
            before.remove(call);
            after.remove(call);
        }
    }

    /** Everything works again. */
    void healAll() {
        heal(Call.values());
        refused = outcome -> false;
        holds.forEach(Hold::release);
    }

    /** How many such calls there were so far. */
    int made(Call call) {
        var count = made.get(call);
        return count == null ? 0 : count.get();
    }

    /** How many calls there are just now. */
    int inProgress() {
        return inProgress.get();
    }

    private Hold hold(Map<Call, Runnable> when, Call call) {
        var hold = new Hold();
        holds.add(hold);
        nextTime(when, call, hold::pass);
        return hold;
    }

    private static void nextTime(Map<Call, Runnable> when, Call call, Runnable what) {
        when.put(call, () -> {
            if (when.remove(call) != null) {
                what.run();
            }
        });
    }

    private static void fail() {
        throw StoreException.passing("out of order", null);
    }
}
