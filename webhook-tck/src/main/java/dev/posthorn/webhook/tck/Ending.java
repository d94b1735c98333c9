package dev.posthorn.webhook.tck;

import dev.posthorn.webhook.AttemptOutcome;
import dev.posthorn.webhook.spi.TransportResult;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What may become of a request. More than one thing where HTTP leaves the choice to the reader, or where two things race
 * that nobody can put in order.
 *
 * @param failures it may fail with
 * @param statuses it may be answered with
 */
record Ending(Set<AttemptOutcome> failures, Set<Integer> statuses) {
    static Ending failed(AttemptOutcome... failures) {
        return new Ending(Set.of(failures), Set.of());
    }

    static Ending answered(Integer... statuses) {
        return new Ending(Set.of(), Set.of(statuses));
    }

    /** Or one of these answers. */
    Ending or(int... others) {
        var more = IntStream.concat(statuses.stream().mapToInt(status -> status), IntStream.of(others));
        return new Ending(failures, more.boxed().collect(Collectors.toUnmodifiableSet()));
    }

    boolean allows(TransportResult result) {
        return result instanceof TransportResult.Failure failure
                ? failures.contains(failure.outcome())
                : statuses.contains(((TransportResult.Response) result).status());
    }

    /** Whether it may end at the deadline and no sooner. */
    boolean mayTimeOut() {
        return failures.contains(AttemptOutcome.TIMED_OUT);
    }

    @Override
    public String toString() {
        return Stream.concat(
                        new TreeSet<>(failures).stream().map(AttemptOutcome::name),
                        new TreeSet<>(statuses).stream().map(status -> "answer " + status))
                .collect(Collectors.joining(" or "));
    }
}
